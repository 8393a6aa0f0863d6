"""Appendix: what tables, settings and files call the things that the report names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from markupsafe import Markup

from serving.language.catalogue import names
from serving.language.language import NameKind
from training.report.language import MISSING, NOTHING, Language
from training.report.source import ReportSource


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Appendix: names in tables and files")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Names for people beside technical ones: of features and their values, of arms and of metrics."""
    settings = source.run["settings"]
    return {
        "features": list(_features(source, language)),
        "values": list(_values(source, language)),
        "samplers": _named("sampler", ("none", *settings["samplers"]), language),
        "classifiers": _named("classifier", settings["classifiers"], language),
        "metrics": _named("metric", _known("metric"), language),
    }


def _named(kind: NameKind, technical: Iterable[str], language: Language) -> list[tuple[str, Markup]]:
    return [(language.label(kind, name), _code(name)) for name in dict.fromkeys(technical)]


def _features(source: ReportSource, language: Language) -> Iterator[tuple[str, ...]]:
    """Features that the model uses, and then those that it does not."""
    for column in source.evaluation["understanding"]["columns"]:
        name, view = column["name"], column["view"]
        names_of_view = language.label("view", view), _code(view)
        yield language.label("feature", name), _code(name), *names_of_view, _code(column["dtype"])
    dropped = source.evaluation["preparation"]["selection"]["dropped"]
    for name in dict.fromkeys((*dropped, *source.evaluation["fairness"]["absent"])):
        yield language.label("feature", name), _code(name), NOTHING, NOTHING, NOTHING


def _values(source: ReportSource, language: Language) -> Iterator[tuple[str, ...]]:
    for column in source.evaluation["understanding"]["columns"]:
        for category in column.get("categories", ()):
            name, value = column["name"], category["value"]
            if value != MISSING:
                yield language.label("feature", name), language.feature_value(value, name), _code(value)


def _known(kind: NameKind) -> list[str]:
    """Technical names of a kind, in the catalogue's order."""
    return [key.partition(".")[2] for key in names("en") if key.startswith(f"{kind}.")]


def _code(technical: str) -> Markup:
    return Markup("<code>{}</code>").format(technical)
