from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

import serving
import training
from serving.campaigns.outcome.doubts import DoubtName
from serving.campaigns.outcome.figures import Verdict
from serving.campaigns.outcome.goals import State
from serving.campaigns.outcome.measures import Lacking
from serving.card.card import Figures, ModelCard
from serving.decision.verdict import WITH_CONTACT, WITHOUT_CONTACT
from serving.errors import LanguageError
from serving.language.catalogue import FOLDER, LANGUAGES, catalogue, names, placeholders, read_texts
from serving.model.scorer import BANDS
from serving.model.signature import signature_of
from training.report import markdown
from training.report.chapters import evaluation, modelling, segments
from training.settings.base import ClassifierName, SamplerName
from training.settings.settings import ChampionMetric

ROOMS = [Path(str(room.__file__)).parent for room in (serving, training)]
FEATURES = signature_of().names
METRICS = {
    *Figures.model_fields,
    *get_args(ChampionMetric),
    *markdown.ARM_METRICS,
    *modelling.ARM_METRICS,
    *segments.MEASURES,
    *evaluation.HEADLINE,
    *evaluation.COHORT_METRICS,
    *evaluation.PROTOCOL_METRICS,
    *evaluation.FAIRNESS,
}
"""All that figures are said of, anywhere."""
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
    *(f"card.data.{kind}" for kind in ("simulated", "history", "snapshot")),
    *(f"card.decision.chosen.{rule}" for rule in ("profit", "precision_floor")),
    *(f"reason.{verb}.{form}" for verb in VERBS for form in ("one", "many", "unknown")),
    *(f"what_if.{word}" for word in ("and", "or")),
    *(f"segment.{trait}" for trait in TRAITS),
    *(f"readout.verdict.{verdict}" for verdict in get_args(Verdict)),
    *(f"readout.doubt.{name}" for name in get_args(DoubtName)),
    *(f"readout.goal.{state}" for state in get_args(State)),
    *(f"readout.goal.lacking.{lacking}" for lacking in get_args(Lacking) if lacking),
    *(f"readout.goals.{heading}" for heading in ("goal", "target", "figure", "met", "settles")),
    *(f"decision.{why}" for why in (*WITH_CONTACT, *WITHOUT_CONTACT)),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_every_text_has_every_language(path: Path) -> None:
    texts = read_texts(path)
    assert texts
    for key, of_key in texts.items():
        assert set(of_key) == set(LANGUAGES), key


def test_a_translation_is_another_text() -> None:
    same = {key for key, texts in catalogue().items() if re.sub(r"\{.*?\}", "", texts["en"]).strip(" ,.:%")}
    same = {key for key in same if catalogue()[key]["en"] == catalogue()[key]["es"]}
    proper = {"SMOTE", "ADASYN", "SMOTEENN", "LightGBM", "XGBoost", "AUC", "F1", "MCC", "Calinski-Harabasz"}
    proper |= {"DSL", "no", "prec", "kap.", "Brier", "ECE", "cal."}
    assert {catalogue()[key]["en"] for key in same} == proper


READOUT = re.compile(r"readout\.(heading|line|kind|group)\.(\w+)")
"""Texts of the tables of a readout; they are named by a figure, a column or a group."""


def test_every_text_is_said_somewhere_and_every_text_that_is_said_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for room in ROOMS for path in room.rglob("*.py")]
    said = {
        key
        for source in sources
        for key in re.findall(
            r'"((?:card|date|number|readout(?!\.json\")|reason|what_if)\.[a-z_0-9.]*[a-z0-9])"', source
        )
    }
    features = {key for key in catalogue() if re.match(rf"reason\.({'|'.join(FEATURES)})[.=]", key)}
    made = said | MADE_UP | features | of_readouts(sources)
    assert made == set(catalogue()) - set(names("en"))


def of_readouts(sources: Iterable[str]) -> set[str]:
    """Texts of a readout's tables whose last word is written somewhere, in quotes."""
    written = {word for source in sources for word in re.findall(r'"(\w+)"', source)}
    keys = {key: READOUT.fullmatch(key) for key in catalogue()}
    return {key for key, match in keys.items() if match and match[2] in written}


def test_people_have_a_name_for_whatever_the_model_knows() -> None:
    values = {key.partition("=")[2] for key in catalogue() if re.match(r"reason\.\w+=", key)}
    known: dict[str, Iterable[str]] = {
        "feature": FEATURES,
        "value": {*values, "Yes", "No", "SeniorCitizen=0", "SeniorCitizen=1"},
        "view": signature_of().views,
        "metric": METRICS,
        "sampler": get_args(SamplerName),
        "classifier": get_args(ClassifierName),
        "band": BANDS,
    }
    there = {key for key in names("es") if not key.startswith("short.")}
    wanted = {f"{kind}.{technical}" for kind, of_kind in known.items() for technical in of_kind}
    assert there == wanted | {"arm", "unknown"}


def test_only_what_has_a_name_has_an_abbreviation() -> None:
    shortened = {key.removeprefix("short.") for key in names("es") if key.startswith("short.")}
    assert "metric.brier_calibrated" in shortened
    assert shortened - set(names("es")) == set()
    for code in LANGUAGES:
        for key in shortened:
            assert len(names(code)[f"short.{key}"]) < len(names(code)[key])


def test_no_other_file_lists_the_languages() -> None:
    files = [path for room in ROOMS for kind in ("*.py", "*.js", "*.html") for path in room.rglob(kind)]
    assert len(files) > 200
    quoted = re.compile("|".join(f"[\"'`]{code}[\"'`]" for code in LANGUAGES if code != "en"))
    assert [path.name for path in files if quoted.search(path.read_text(encoding="utf-8"))] == [
        "catalogue.py"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b: {en: Hello}", "texts.yaml: a.b has no text in es; write it"),
        ("a.b: {es: Hola}", "texts.yaml: a.b has no text in en; write it"),
        ("a.b: {en: Hello, es: 7}", "a.b has no text in es"),
        ("a.b: Hello", "a.b needs a text in each of en, es"),
        ("a.b: {en: Hello, es: Hola, fr: Bonjour}", r"a.b has a text in fr, which is none of .* \(en, es\)"),
        ('a.b: {en: Hello, es: " "}', "a.b has no text in es"),
        ('a.b: {en: "{n:count} rows", es: "{n:share} filas"}', "a.b has other placeholders in es than in en"),
        ('a.b: {en: "{n} rows", es: filas}', "a.b has other placeholders"),
        ("- a", "expected a mapping"),
        ("{", "cannot be read"),
    ],
)
def test_texts_that_are_not_whole_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "texts.yaml").write_text(text)
    with pytest.raises(LanguageError, match=message):
        read_texts(tmp_path / "texts.yaml")


def test_every_text_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "texts.yaml").write_text("a: {en: Hello}\nb: {en: Hi, es: Hola}\nc: {es: Hola}\n")
    with pytest.raises(LanguageError) as caught:
        read_texts(tmp_path / "texts.yaml")
    assert str(caught.value).splitlines() == [
        "texts.yaml: a has no text in es; write it",
        "texts.yaml: c has no text in en; write it",
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=r"none.yaml: cannot be read"):
        read_texts(tmp_path / "none.yaml")


def test_placeholders_say_how_their_values_are_written() -> None:
    assert placeholders("{rows:count} rows of {base}") == {"rows": "count", "base": ""}
