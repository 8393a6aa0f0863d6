from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

import serving
import training
from serving.card.card import Figures, ModelCard
from serving.errors import LanguageError
from serving.language.catalogue import FOLDER, LANGUAGES, catalogue, names, placeholders, read_texts
from serving.model.signature import signature_of
from training.settings.settings import ChampionMetric

ROOMS = [Path(str(room.__file__)).parent for room in (serving, training)]
FEATURES = signature_of().names
FILES = sorted(FOLDER.glob("*.yaml"))
VERBS = ("raises", "lowers", "hardly")
# Texts whose key is put together when they are said.
SEGMENT_NAMES = Path(__file__).parents[3] / "training" / "segments" / "segment_names.py"
NAMES = SEGMENT_NAMES.read_text(encoding="utf-8")
TRAITS = {
    text.lower().replace(" ", "_")
    for text in re.findall(r'(?:return|first =|else) \[?"(.+?)"', NAMES)
    + re.findall(r'"([A-Z][A-Za-z -]+)" if', NAMES)
}
"""What training makes segments' names of."""
MADE_UP = {
    *(f"card.heading.{name}" for name in (*ModelCard.model_fields, "decision")),
    *(f"card.figure.{name}" for name in Figures.model_fields),
    *(f"card.data.{kind}" for kind in ("simulated", "history", "snapshot")),
    *(f"card.decision.chosen.{rule}" for rule in ("profit", "precision_floor")),
    *(f"reason.{verb}.{form}" for verb in VERBS for form in ("one", "many", "unknown")),
    *(f"what_if.{word}" for word in ("and", "or")),
    *(f"segment.{trait}" for trait in TRAITS),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_every_text_has_every_language(path: Path) -> None:
    texts = read_texts(path)
    assert texts
    for key, told in texts.items():
        assert set(told) == set(LANGUAGES), key


def test_a_translation_is_another_text() -> None:
    same = {key for key, told in catalogue().items() if re.sub(r"\{.*?\}", "", told["en"]).strip(" ,.:")}
    same = {key for key in same if catalogue()[key]["en"] == catalogue()[key]["es"]}
    proper = {"SMOTE", "ADASYN", "SMOTEENN", "LightGBM", "XGBoost", "AUC", "DSL", "no"}
    assert {catalogue()[key]["en"] for key in same} == proper


def test_every_text_is_said_somewhere_and_every_text_that_is_said_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for room in ROOMS for path in room.rglob("*.py")]
    said = {
        key
        for source in sources
        for key in re.findall(r'"((?:card|date|number|reason|what_if)\.[a-z_0-9.]*[a-z0-9])"', source)
    }
    features = {key for key in catalogue() if re.match(rf"reason\.({'|'.join(FEATURES)})[.=]", key)}
    assert said | MADE_UP | features == set(catalogue()) - set(names("en"))


def test_people_have_a_name_for_whatever_the_model_knows() -> None:
    settings = yaml.safe_load((ROOMS[1] / "settings.yaml").read_text(encoding="utf-8"))
    values = {key.partition("=")[2] for key in catalogue() if re.match(r"reason\.\w+=", key)}
    known = {
        "feature": FEATURES,
        "value": {*values, "Yes", "No"} - {"0", "1"},
        "view": signature_of().views,
        "metric": get_args(ChampionMetric),
        "arm": {*settings["samplers"], *settings["classifiers"]},
    }
    assert set(names("es")) == {f"{kind}.{raw}" for kind, raws in known.items() for raw in raws}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b: {en: Hello}", "a.b needs a text in each of en, es"),
        ("a.b: Hello", "a.b needs a text in each"),
        ("a.b: {en: Hello, es: Hola, fr: Bonjour}", "and nothing else"),
        ('a.b: {en: Hello, es: " "}', "a.b has an empty text"),
        ('a.b: {en: "{n:count} rows", es: "{n:share} filas"}', "a.b has other placeholders"),
        ('a.b: {en: "{n} rows", es: filas}', "a.b has other placeholders"),
        ("- a", "expected a mapping"),
        ("{", "cannot be read"),
    ],
)
def test_texts_that_are_not_whole_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "texts.yaml").write_text(text)
    with pytest.raises(LanguageError, match=message):
        read_texts(tmp_path / "texts.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=r"none.yaml: cannot be read"):
        read_texts(tmp_path / "none.yaml")


def test_placeholders_say_how_their_values_are_written() -> None:
    assert placeholders("{rows:count} rows of {base}") == {"rows": "count", "base": ""}
