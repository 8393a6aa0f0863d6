"""The report says what the page says; technical names stand in its appendix alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_texts import texts
from third_language import CODE, MARK, answer_of, copy_with_a_third_language, translate

from serving.language.catalogue import LANGUAGES, LanguageCode, names
from serving.language.language import Language
from serving.model.signature import signature_of
from training.report.language import SOURCE
from training.report.render import write_report

ENGLISH = re.compile(
    r"\b(the|and|with|from|rows|churned|stayed|whose|which|customers|missing|features?|no value)\b", re.I
)
"""Words that stand in hardly any English sentence's place in another language."""
WRITE = f"""
import json, sys
from pathlib import Path
from training.report.render import write_report
print(json.dumps(write_report(Path({{folder!r}}), "{CODE}").read_text(encoding="utf-8")))
"""


class Report(HTMLParser):
    """What people read of a page, section by section, drawings included; code is kept apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.read: dict[str, str] = {}
        self.code: dict[str, list[str]] = {}
        self._section, self._skip, self._in_code = "", 0, False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self._section = given["id"] or ""
        self._in_code = tag == "code" or self._in_code
        self._skip += tag in ("style", "code") or (tag == "span" and given.get("lang") == "en")
        if "aria-label" in given:
            self.read[self._section] = self.read.get(self._section, "") + f" {given['aria-label']}"

    def handle_endtag(self, tag: str) -> None:
        self._skip -= self._skip > 0 and tag in ("style", "code", "span")
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code.setdefault(self._section, []).append(data)
        elif not self._skip:
            self.read[self._section] = self.read.get(self._section, "") + f" {data}"


def technical_names(code: LanguageCode) -> set[str]:
    """What tables, settings and code call things and people do not; in English only what is no word."""
    found = set()
    for key, text in names(code).items():
        name = key.partition(".")[2]
        as_people_say = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
        is_word = code == "en" and re.fullmatch(r"[A-Za-z][a-z -]+", name)
        if len(name) > 2 and not key.startswith("short.") and not as_people_say and not is_word:
            found.add(name)
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def code(request: pytest.FixtureRequest) -> LanguageCode:
    chosen: LanguageCode = request.param
    return chosen


@pytest.fixture(scope="module")
def report(code: LanguageCode, evaluated: Path) -> Report:
    return Report(write_report(evaluated, code).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_technical_names_stand_in_the_appendix_alone(code: LanguageCode, report: Report) -> None:
    technical = technical_names(code)
    assert {"MonthlyChargesVsAvg", "extra_trees", "brier_calibrated"} <= technical
    found = {
        (section, name)
        for section, text in report.read.items()
        for name in technical
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    }
    assert found == set()
    assert set(signature_of().names) - {name for code in report.code.values() for name in code} == set()
    for section, code_parts in report.code.items():
        if section != "appendix":
            assert technical & set(code_parts) == set(), section


@pytest.mark.slow
def test_people_read_the_names_that_the_page_has(code: LanguageCode, report: Report) -> None:
    language = Language(code)
    for section, kind, name in (
        ("data", "feature", "MonthlyCharges"),
        ("preparation", "sampler", "none"),
        ("modelling", "classifier", "logistic_regression"),
        ("evaluation", "metric", "lift_top_decile"),
        ("segments", "metric", "silhouette"),
        ("appendix", "view", "billing"),
    ):
        assert language.label(kind, name) in report.read[section], (section, name)
    contract = language.feature_value("Contract", "Month-to-month")
    assert f"{language.label('feature', 'Contract')}: {contract}" in report.read["data"]
    assert f"{language.label('feature', 'Contract')}: {contract}" in report.read["segments"]


@pytest.mark.slow
def test_no_english_is_left(code: LanguageCode, report: Report) -> None:
    left = {section: set(ENGLISH.findall(text)) for section, text in report.read.items()}
    if code == SOURCE:
        assert len(left["evaluation"]) > 5
    else:
        assert {section: words for section, words in left.items() if words} == {}


@pytest.mark.slow
def test_the_appendix_has_both_names_of_everything(code: LanguageCode, report: Report) -> None:
    appendix, technical = report.read["appendix"], report.code["appendix"]
    language = Language(code)
    for name in signature_of().names:
        assert language.label("feature", name) in appendix
    for name in (
        "Month-to-month",
        "Fiber optic",
        "smoteenn",
        "logistic_regression",
        "ece",
        "Int64",
        "billing",
    ):
        assert name in technical


@pytest.mark.slow
def test_a_third_language_needs_nothing_but_its_texts(evaluated: Path, tmp_path: Path) -> None:
    copy = copy_with_a_third_language(tmp_path)
    translate(copy)
    page = answer_of(copy, WRITE.format(folder=str(evaluated)))
    assert f'<html lang="{CODE}">' in page
    report = Report(page)
    assert f"{MARK}monthly charges" in report.read["data"]
    assert f"{MARK}logistic regression" in report.read["modelling"]
    assert f"{MARK}A customer leaves." in report.read["glossary"]
    (evaluated / f"report.{CODE}.html").unlink()


def test_prose_without_a_translation_is_named_and_counted(tmp_path: Path) -> None:
    copy = copy_with_a_third_language(tmp_path)
    ask = f"""
import json
from serving.errors import LanguageError
from training.report.language import load_language
language = load_language("{CODE}")
try:
    language.say("A customer leaves.")
except LanguageError as error:
    print(json.dumps([str(error), len(language.texts)]))
"""
    message, translated = answer_of(copy, ask)
    assert message == (
        f"the report has no translation of 'A customer leaves.' into {CODE}; "
        f"write it into training/report/locale/{CODE}/report.po"
    )
    assert translated == 0
    translate(copy)
    count = f"""
import json
from training.report.language import load_language
print(json.dumps(sorted(load_language("{CODE}").texts)))
"""
    assert answer_of(copy, count) == sorted(texts())
