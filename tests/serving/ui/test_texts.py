from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

from serving.card.card import Figures
from serving.http.page import FOLDER
from serving.http.schemas.lists import AtRiskRow
from serving.model.roles import Mode, Role
from serving.scoring.error_detail import ErrorCode

TEXTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("texts/*.json")}
TRAINING = FOLDER.parents[1] / "training"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.*")}
SAID = re.compile(r"""(?:say|sayIfKnown)\((["`])(.+?)\1""")
PLACED = re.compile(r'data-(?:text|label)="(.+?)"')
# What stands for the part of a key that is worked out.
WORKED_OUT = {
    "nav": ("customer", "list", "segments", "model"),
    "band": ("low", "medium", "high"),
    "fresh.state": ("fresh", "stale", "none"),
    "calibration": ("predicted", "observed", "rows"),
    "figure": tuple(Figures.model_fields),
    "history": (*get_args(Mode), "promote", "rollback", "withdraw"),
    "challenger": get_args(Mode),
    "role": get_args(Role),
    "list.filter": ("segment", "contract", "charges", "band"),
    "list.column": tuple(name for name in AtRiskRow.model_fields if name not in ("segment_id", "left")),
}
MAY_BE_UNKNOWN = ("error", "value", "${kind}")
# Titles and sentences that are chosen before they are said.
CHOSEN = re.compile(
    r'"((?:what_if|fresh|key|reasons|figures|calibration|card|history|model|challenger)\.[a-z_]+)"'
)


def used() -> set[str]:
    keys: set[str] = set()
    for source in SOURCES.values():
        keys |= set(PLACED.findall(source))
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


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    assert set(TEXTS) == {"en", "es"}
    assert set(TEXTS["en"]) == set(TEXTS["es"])
    for key, text in TEXTS["en"].items():
        assert text.strip()
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", TEXTS["es"][key])), key


def test_every_text_that_is_used_is_there() -> None:
    assert len(used()) > 100
    assert used() - set(TEXTS["en"]) == set()


def test_every_error_has_a_text_and_a_cure_and_no_other_has() -> None:
    codes = {*get_args(ErrorCode), "unreachable", "unknown"}
    told = {key for key in TEXTS["en"] if key.startswith("error.")}
    others = {"error.other", "error.do", "error.request", "error.details"}
    assert told == others | {f"error.{code}{part}" for code in codes for part in ("", ".do")}


def test_what_training_says_of_its_champion_is_recognised() -> None:
    (known,) = re.findall(r"^const OF_TRAINING = /\^(.+)\$/;", SOURCES["decisions.js"], re.MULTILINE)
    (written,) = re.findall(r'f"(best .+? of training run .+?)"', (TRAINING / "pipeline.py").read_text())
    assert re.fullmatch(known, re.sub(r"\{.+?\}", "auc", written))


def test_no_text_is_left_over() -> None:
    told = {key for key in TEXTS["en"] if key.partition(".")[0] not in ("error", "value")}
    assert told - used() == set()


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
            left += re.findall(r'from "\./(.+?)"', SOURCES[name])
    assert reached == {name for name in SOURCES if name.endswith(".js")}


def test_the_page_is_small() -> None:
    assert sum(path.stat().st_size for path in Path(FOLDER).rglob("*") if path.is_file()) < 100_000
