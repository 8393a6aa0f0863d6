"""What the commands print, as rich tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from serving.batch import BatchReport
from serving.language.language import Language
from serving.model.card_text import card_text
from serving.model.metadata import ModelMetadata
from serving.model.pointers import Pointer
from serving.model.registry import ModelEntry

_NOT_LISTED: Any = {"card": True, "thresholds": True, "metrics": {"segments": True}}
"""Of the metadata: what the card says already, and the measures of every k, which the run's report has."""
BAND_STYLE = {"low": "green", "medium": "yellow", "high": "red"}


def most_at_risk(report: BatchReport) -> Table:
    """The customers most at risk who have not left, the highest probability first."""
    title = f"The {len(report.top)} customers most at risk on {report.as_of:%Y-%m-%d}"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in ("", "customerID", "probability", "band", "segment", "contract", "charges"):
        numeric = heading in ("", "probability", "charges")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=True)
    for rank, row in enumerate(report.top.to_dict("records"), start=1):
        charges = row.get("monthly_charges")
        table.add_row(
            str(rank),
            Text(row["customerID"]),
            f"{row['probability']:.3f}",
            Text(row["band"], style=BAND_STYLE[row["band"]]),
            Text(row["segment"]),
            Text(_known(row.get("contract"))),
            "" if charges is None or charges != charges else f"{charges:.2f}",
        )
    return table


def models_table(entries: Sequence[ModelEntry]) -> Table:
    """All versions, newest first."""
    table = Table(title="Models", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("tag", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("created (UTC)", no_wrap=True)
    table.add_column("arm and base, or what is wrong", overflow="fold")
    for entry in entries:
        made = entry.metadata
        table.add_row(
            Text(entry.tag),
            entry.role or "",
            f"{entry.created:%Y-%m-%d %H:%M}" if entry.created else "",
            Text(f"{made.arm.sampler} + {made.arm.classifier}\n{made.base}" if made else "")
            + Text(entry.problem or "", style="red"),
        )
    return table


def model_details(entry: ModelEntry, pointers: Sequence[Pointer], language: Language) -> Group:
    """One version: its state, its card in a language, its making, and when it was made champion."""
    state: list[tuple[str, Text]] = [
        ("state", Text(entry.problem, style="red") if entry.problem else Text("whole, and scores"))
    ]
    if entry.created:
        state.append(("created (UTC)", Text(f"{entry.created:%Y-%m-%d %H:%M:%S}")))
    parts: list[RenderableType] = [_named(entry.tag + (f" ({entry.role})" if entry.role else ""), state)]
    if entry.metadata:
        making = entry.metadata.model_dump(mode="json", exclude=_NOT_LISTED)
        parts.append(card_view(entry.metadata, language))
        parts.append(_named("Making", [(name, Text(value)) for name, value in _flat(making)]))
    return Group(*parts, *([_decisions(pointers)] if pointers else []))


def _named(title: str, values: Sequence[tuple[str, Text]]) -> Table:
    table = Table(title=title, show_header=False, box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold")
    for name, value in values:
        table.add_row(Text(name), value)
    return table


def card_view(metadata: ModelMetadata, language: Language) -> Group:
    """The model card, each sentence with a dash before it."""
    parts: list[RenderableType] = []
    for section in card_text(metadata.card, metadata.thresholds, language):
        sentences = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        sentences.add_column()
        sentences.add_column(overflow="fold")
        for sentence in section.sentences:
            sentences.add_row("-", Text(sentence))
        parts += [Text(section.heading, style="bold"), sentences]
    return Group(*parts)


def _decisions(pointers: Sequence[Pointer]) -> Table:
    decisions = Table(title="Decisions", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("when (UTC)", "decision", "who", "why"):
        decisions.add_column(column)
    for pointer in pointers:
        decisions.add_row(
            f"{pointer.when:%Y-%m-%d %H:%M}", pointer.action, Text(pointer.who), Text(pointer.why)
        )
    return decisions


def _flat(content: Any, name: str = "") -> list[tuple[str, str]]:
    """Dotted names and printed values of the leaves; a list is one leaf."""
    if isinstance(content, dict):
        return [
            leaf for key, value in content.items() for leaf in _flat(value, f"{name}.{key}" if name else key)
        ]
    if isinstance(content, list):
        return [(name, ", ".join(_known(value) for value in content))]
    return [(name, f"{content:.4g}" if isinstance(content, float) else _known(content))]


def _known(value: Any) -> str:
    return "" if value is None or value != value else str(value)
