from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from report_texts import texts

from serving.errors import LanguageError
from serving.language.catalogue import LANGUAGES, LanguageCode, names
from training.commands.cli import main
from training.errors import RunError
from training.report.language import LOCALE, SOURCE, load_language
from training.report.render import CHAPTERS, render, write_report
from training.report.source import ReportSource
from training.run_folder import read_evaluation, read_run, write_evaluation, write_whole

FIGURES = {
    "churn-share",
    "distribution-tenure",
    "distribution-monthlycharges",
    "distribution-totalcharges",
    "pair-grid",
    "categories",
    "correlations",
    "balance",
    "cleaning",
    "out-of-time",
    "learning-curve",
    "roc",
    "precision-recall",
    "lift",
    "gain",
    "reliability",
    "profit",
    "fairness",
    "importance",
    *(f"dependence-{number}" for number in range(1, 6)),
    "segment-counts",
}


class Page(HTMLParser):
    """What refers to what in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.figures: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.ids.append(value)
                if tag == "figure":
                    self.figures.append(value)
            if name in ("href", "xlink:href"):
                self.links.append(value.removeprefix("#"))
                if not value.startswith("#"):
                    self.outside.append(value)
            if name in ("src", "srcset", "data", "action"):
                self.outside.append(value)
            if name == "aria-labelledby":
                self.links += value.split()
            self.links += re.findall(r"url\(#([^)]+)\)", value)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request: pytest.FixtureRequest, evaluated: Path) -> Page:
    return Page(write_report(evaluated, request.param).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_chapter_and_every_figure_is_there(page: Page, evaluated: Path) -> None:
    assert set(CHAPTERS) <= set(page.ids)
    found = read_evaluation(evaluated)
    assert found is not None
    # Of a tiny test part, cleaning may leave one class, and then there is nothing to draw.
    measured = found["protocols"]["mechanism"]["cleaning"]["after"]["metrics"] is not None
    assert set(page.figures) == (FIGURES if measured else FIGURES - {"cleaning"})


@pytest.mark.slow
def test_nothing_refers_to_what_is_not_there_or_outside(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert page.outside == []
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)


@pytest.mark.slow
def test_no_hole_is_left_in_the_text(page: Page) -> None:
    words = " ".join(page.words)
    assert not re.search(r"\bnan\b|\bNone\b|\{\{|%\(|Undefined", words)


@pytest.mark.slow
def test_figures_in_the_text_are_those_of_the_run(evaluated: Path) -> None:
    run, found = read_run(evaluated), read_evaluation(evaluated)
    assert run is not None
    assert found is not None
    english = render(ReportSource(run, found), load_language("en"))
    spanish = render(ReportSource(run, found), load_language("es"))
    for value in (
        found["headline"]["untouched"]["auc"]["estimate"],
        found["protocols"]["mechanism"]["cleaning"]["before"]["metrics"]["auc"],
        found["reliability"]["raw"]["ece"],
    ):
        assert f"{value:.3f}" in english
        assert f"{value:.3f}".replace(".", ",") in spanish
    assert run["model"] in spanish
    # Another run, other figures.
    found["headline"]["untouched"]["auc"]["estimate"] = 0.12345
    assert "0.123" in render(ReportSource(run, found), load_language("en"))


@pytest.mark.slow
def test_the_same_run_gives_the_same_page(evaluated: Path) -> None:
    first = write_report(evaluated, "es").read_bytes()
    assert write_report(evaluated, "es").read_bytes() == first


@pytest.mark.slow
def test_a_snapshot_says_what_it_cannot_show(evaluated: Path) -> None:
    run, found = read_run(evaluated), read_evaluation(evaluated)
    assert run is not None
    assert found is not None
    for cohort in run["cohorts"]:
        cohort["window_end"] = None
    page = render(
        ReportSource(run, found | {"out_of_time": None, "out_of_time_missing": "one date"}),
        load_language("en"),
    )
    assert "A snapshot has one date" in page
    assert 'id="out-of-time"' not in page


@pytest.mark.slow
def test_a_suspect_and_a_floor_that_nothing_holds_are_named(evaluated: Path) -> None:
    run, found = read_run(evaluated), read_evaluation(evaluated)
    assert run is not None
    assert found is not None
    signals = [
        {"signal": "auc", "value": 0.987, "limit": 0.9, "where": ""},
        {"signal": "auc_within_bands", "value": 0.9, "limit": 0.8, "where": "InternetService Fiber optic"},
    ]
    found["audit"]["suspects"] = [{"feature": "numTechTickets", "signals": signals}]
    found["thresholds"]["precision_floor"] |= {"threshold": None, "lower_bound": 0.612, "next_time": None}
    expected: list[tuple[LanguageCode, str, str, str]] = [
        ("en", "61.2%", "<li>Technical tickets: ", "(internet service: fiber optic)"),
        ("es", "61,2", "<li>Incidencias técnicas: ", "(servicio de internet: fibra óptica)"),
    ]
    for code, bound, suspect, band in expected:
        page = render(ReportSource(run, found), load_language(code))
        assert suspect in page
        assert band in page
        assert bound in page


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != SOURCE])
def test_every_text_has_a_translation_and_every_translation_a_text(code: LanguageCode) -> None:
    needed, translated = texts(), set(load_language(code).texts)
    assert len(needed) > 250
    assert needed - translated == set()
    assert translated - needed == set()


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != SOURCE])
def test_a_translation_keeps_the_placeholders(code: LanguageCode) -> None:
    for english, translated in load_language(code).texts.items():
        holes = sorted(re.findall(r"%\(\w+\)s", english))
        assert sorted(re.findall(r"%\(\w+\)s", translated)) == holes, english


def test_a_missing_translation_is_an_error_that_names_the_text_and_the_language() -> None:
    message = r"no translation of 'nobody translated this' into es; .*report/locale/es/report.po"
    with pytest.raises(LanguageError, match=message):
        load_language("es").say("nobody translated this")


def test_the_prose_translates_no_name_that_the_catalogue_has() -> None:
    catalogue = {text.casefold() for key, text in names("en").items() if not key.startswith("value.")}
    assert {text for text in texts() if text.casefold() in catalogue} == set()


def test_there_is_a_catalogue_for_every_language_but_the_source() -> None:
    assert {path.name for path in LOCALE.iterdir()} == set(LANGUAGES) - {SOURCE}


def test_a_run_that_is_not_evaluated_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished run; `python -m training run` makes one"):
        write_report(tmp_path, "en")
    write_whole(tmp_path / "run.json", "{}")
    with pytest.raises(RunError, match="not evaluated yet; run `python -m training evaluate`"):
        write_report(tmp_path, "en")
    write_evaluation(tmp_path, {"run": "x"})
    with pytest.raises(RunError, match="by another version; run `python -m training evaluate` again"):
        write_report(tmp_path, "en")


def test_numbers_are_written_as_readers_write_them() -> None:
    english, spanish = load_language("en"), load_language("es")
    assert english.number(1234.5678, 2) == "1,234.57"
    assert spanish.number(1234567.8, 1) == "1.234.567,8"
    assert english.percent(0.2654) == "26.5%"
    assert spanish.percent(0.2654) == "26,5\N{NO-BREAK SPACE}%"
    assert english.percent(0.8, 0) == "80%"
    assert english.number(None) == "–"
    assert [spanish.amount(one) for one in (12, 12.0, 18.7423, None)] == ["12", "12", "18,74", "–"]
    assert spanish.date("2026-11-01T00:00:00+00:00") == "1 nov 2026"
    assert (
        english.interval({"estimate": 0.5, "low": 0.25, "high": 0.75}, 2)
        == "0.50 [0.25;\N{NO-BREAK SPACE}0.75]"
    )
    assert english.interval({"estimate": None, "low": None, "high": None}) == "–"


def test_the_command_tells_where_the_report_lies(evaluated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(evaluated.parent.parent)
    answer = CliRunner().invoke(main, ["report", "--runs", str(evaluated.parent)])
    assert answer.output == f"Report  runs/{evaluated.name}/report.en.html\n"
