from __future__ import annotations

import json
import posixpath
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from serving.campaigns.plan import ARMS
from serving.card.card import Figures
from serving.decision.verdict import EffectKind
from serving.errors import LanguageError
from serving.http.page import FOLDER
from serving.http.schemas.campaign_answer import State
from serving.http.schemas.lists import AtRiskRow
from serving.language import page_texts
from serving.language.catalogue import LANGUAGES, LanguageCode, names
from serving.model.roles import Mode, Role
from serving.scoring.error_detail import ErrorCode
from training.settings.base import ClassifierName, SamplerName

TEXTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("texts/*.json")}
TRAINING = FOLDER.parents[1] / "training"
SOURCES = {
    path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in FOLDER.rglob("*.*")
    if path.suffix != ".json"
}
NAMED = names("en")
"""What the catalogue brings."""
SAID = re.compile(r"""(?:say|sayIfKnown)\((["`])(.+?)\1""")
PLACED = re.compile(r'data-(?:text|label)="(.+?)"|<!-- ([a-z_.]+) -->')
# What stands for the part of a key that is worked out.
NOT_LISTED = {
    *("segment_id", "left", "unknown_share"),
    *("contact", "offer", "expected_profit", "why", "effect", "threshold"),
}
WORKED_OUT = {
    "decision.effect": get_args(EffectKind),
    "nav": ("customer", "list", "campaigns", "segments", "model"),
    "campaign.state": get_args(State),
    "campaign.customers": ARMS,
    "readout.column": ("part", "offered", "held_out", "difference"),
    "band": ("low", "medium", "high"),
    "fresh.state": ("fresh", "stale", "future", "none"),
    "calibration": ("predicted", "observed", "rows"),
    "sampler": get_args(SamplerName),
    "classifier": get_args(ClassifierName),
    "history": (*get_args(Mode), "promote", "rollback", "withdraw"),
    "challenger": get_args(Mode),
    "role": get_args(Role),
    "list.filter": ("segment", "contract", "charges", "band"),
    "list.column": tuple(name for name in AtRiskRow.model_fields if name not in NOT_LISTED),
}
MAY_BE_UNKNOWN = ("error", "value", "${kind}")
"""Kinds of which a base, or a service, may have one that nobody has named."""
# Titles and sentences that are chosen before they are said.
CHOSEN = re.compile(
    r'"((?:what_if|decision|fresh|key|reasons|figures|calibration|card|history|model|challenger)\.[a-z_]+)"'
)


def used() -> set[str]:
    keys: set[str] = set()
    for source in SOURCES.values():
        keys |= {key for groups in PLACED.findall(source) for key in groups if key}
        for _, key in SAID.findall(source):
            stem, worked_out, _ = key.partition(".${")
            if not worked_out:
                keys.add(key)
            elif stem in WORKED_OUT:
                keys |= {f"{stem}.{part}" for part in WORKED_OUT[stem]}
            else:
                assert stem in MAY_BE_UNKNOWN, f"say in WORKED_OUT what {key} may be"
    for source in SOURCES.values():
        keys |= set(CHOSEN.findall(source))
    return keys


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_values(code: LanguageCode) -> None:
    assert set(TEXTS) == set(LANGUAGES)
    assert page_texts.page_texts(code) == TEXTS[code] | names(code)
    for key, text in TEXTS["en"].items():
        assert text.strip()
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", TEXTS[code][key])), key


@pytest.mark.parametrize(
    ("spanish", "problem"),
    [
        ({}, "a has no text in es; write it\nui/texts/es.json: b has no text in es; write it"),
        ({"a": "Hola", "b": " "}, "b has no text in es; write it"),
        ({"a": "Hola", "b": "{n} filas"}, "b has other placeholders in es than in en"),
        ({"a": "Hola", "b": "{rows} filas", "c": "más"}, "c has a text in es and none in en"),
        ([], "expected an object of keys and texts"),
    ],
)
def test_texts_of_the_page_that_are_not_whole_are_refused(
    spanish: object, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_texts, "FOLDER", tmp_path)
    (tmp_path / "en.json").write_text(json.dumps({"a": "Hello", "b": "{rows} rows"}))
    (tmp_path / "es.json").write_text(json.dumps(spanish))
    with pytest.raises(LanguageError) as caught:
        page_texts.page_texts("es")
    assert str(caught.value) == f"ui/texts/es.json: {problem}"


def test_a_file_of_texts_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_texts, "FOLDER", tmp_path)
    (tmp_path / "en.json").write_text("{")
    with pytest.raises(LanguageError, match=r"ui/texts/en.json: cannot be read"):
        page_texts.page_texts("en")


def test_what_the_catalogue_names_is_not_named_again() -> None:
    assert TEXTS["en"].keys() & NAMED.keys() == set()
    metrics = {text.casefold() for key, text in NAMED.items() if key.startswith("metric.")}
    assert {text for key, text in TEXTS["en"].items() if text.casefold() in metrics} == set()
    assert {f"metric.{name}" for name in Figures.model_fields} <= NAMED.keys()


def test_every_text_that_is_used_is_there() -> None:
    assert len(used()) > 100
    assert used() - set(TEXTS["en"]) - NAMED.keys() == set()


def test_every_error_has_a_text_and_a_cure_and_no_other_has() -> None:
    codes = {*get_args(ErrorCode), "unreachable", "unknown"}
    errors = {key for key in TEXTS["en"] if key.startswith("error.")}
    others = {"error.other", "error.do", "error.request", "error.details"}
    assert errors == others | {f"error.{code}{part}" for code in codes for part in ("", ".do")}


def test_what_training_says_of_its_champion_is_recognised() -> None:
    (known,) = re.findall(
        r"^const REASON_OF_TRAINING = /\^(.+)\$/;", SOURCES["model/decisions.js"], re.MULTILINE
    )
    (written,) = re.findall(r'f"(best .+? of training run .+?)"', (TRAINING / "pipeline.py").read_text())
    assert re.fullmatch(known, re.sub(r"\{.+?\}", "auc", written))


def test_no_text_is_left_over() -> None:
    written = {key for key in TEXTS["en"] if key.partition(".")[0] != "error"}
    assert written - used() == set()


def test_nothing_comes_from_elsewhere() -> None:
    for name, source in SOURCES.items():
        found = [
            address for address in re.findall(r"https?://[^\s\"'`)]+", source) if "www.w3.org" not in address
        ]
        assert not found, f"{name} names {found}"


def test_nothing_is_written_that_the_policy_forbids() -> None:
    for name, source in SOURCES.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function", source), name
    page = SOURCES["index.html"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_each_module_is_reached_from_the_page() -> None:
    reached, left = set(), ["page.js"]
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            for module in re.findall(r'from "(\..+?)"', SOURCES[name]):
                left.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), module)))
    assert reached == {name for name in SOURCES if name.endswith(".js")}


def test_no_folder_of_the_page_is_long() -> None:
    folders = {path.parent for path in FOLDER.rglob("*") if path.is_file()}
    assert {folder.name for folder in folders} == {
        "ui",
        "shared",
        "customer",
        "what_if",
        "list",
        "campaigns",
        "model",
        "texts",
    }
    assert max(len(list(folder.iterdir())) for folder in folders) <= 15


def test_every_file_of_the_page_is_packed() -> None:
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    data = project["tool"]["setuptools"]["package-data"]["serving"]
    packed = {path for pattern in data for path in FOLDER.parent.glob(pattern) if path.is_file()}
    assert {path for path in FOLDER.rglob("*") if path.is_file()} <= packed


def test_the_page_is_small() -> None:
    assert sum(path.stat().st_size for path in Path(FOLDER).rglob("*") if path.is_file()) < 110_000
