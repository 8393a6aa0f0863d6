"""One HTML page from a run and its evaluation: no script, no network, every number from the run."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from serving.language.catalogue import LanguageCode
from training.errors import RunError
from training.report.chapters import (
    appendix,
    business,
    data,
    decision,
    deployment,
    effects,
    evaluation,
    glossary,
    modelling,
    preparation,
    segments,
    time_to_churn,
)
from training.report.chapters.retention import goals, strategies
from training.report.figures import Figure
from training.report.language import Language, load_language
from training.report.source import ReportSource
from training.run_folder import EVALUATION_FORMAT, read_evaluation, read_run, write_whole

TEMPLATES = Path(__file__).with_name("templates")
CHAPTERS: dict[str, ModuleType] = {
    "business": business,
    "data": data,
    "preparation": preparation,
    "modelling": modelling,
    "evaluation": evaluation,
    "segments": segments,
    "time_to_churn": time_to_churn,
    "effects": effects,
    "decision": decision,
    "strategies": strategies,
    "goals": goals,
    "deployment": deployment,
    "glossary": glossary,
    "appendix": appendix,
}
"""Chapters in the order of CRISP-DM; each has ``title(language)`` and ``content(source, language)``."""


def write_report(folder: Path, code: LanguageCode) -> Path:
    """Write ``report.<language>.html`` into a run's folder and return its path.

    Raises
    ------
    RunError
        When the run has not been evaluated, or by another version.
    """
    run, evaluated = read_run(folder), read_evaluation(folder)
    if run is None:
        raise RunError(f"{folder}: no finished run; `python -m training run` makes one")
    if evaluated is None:
        raise RunError(f"{folder}: this run is not evaluated yet; run `python -m training evaluate`")
    if evaluated.get("format") != EVALUATION_FORMAT:
        raise RunError(
            f"{folder}: this run was evaluated by another version; run `python -m training evaluate` again"
        )
    page = render(ReportSource(run, evaluated), load_language(code))
    return write_whole(folder / f"report.{code}.html", page)


def render(source: ReportSource, language: Language) -> str:
    """The whole page.

    Parameters
    ----------
    source : ReportSource
    language : Language

    Raises
    ------
    KeyError
        When a text has no translation.
    """
    pages = environment(language)
    chapters = []
    for name, chapter in CHAPTERS.items():
        content = chapter.content(source, language)
        body = pages.get_template(f"{name}.html").render(source=source, **content)
        chapters.append({"name": name, "title": chapter.title(language), "body": body})
    return pages.get_template("page.html").render(source=source, chapters=chapters, language=language.code)


def environment(language: Language) -> Environment:
    """Templates with the language's texts (``{% trans %}``) and number formats (filters)."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    pages.policies["ext.i18n.trimmed"] = True
    pages.install_gettext_callables(  # type: ignore[attr-defined]  # put there by the extension
        gettext=language.say,
        ngettext=lambda one, many, count: language.say(one if count == 1 else many),
        newstyle=True,
    )
    pages.filters |= {
        "number": language.number,
        "percent": language.percent,
        "interval": language.interval,
        "day": language.date,
        "amount": language.amount,
        "name": lambda technical, kind: language.name(kind, technical),
        "label": lambda technical, kind: language.label(kind, technical),
        "category": lambda value, feature: language.category(feature, value),
    }
    pages.tests["figure"] = lambda value: isinstance(value, Figure)
    return pages
