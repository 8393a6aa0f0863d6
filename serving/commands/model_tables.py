"""What the commands of the registry print, as rich tables of at most 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from serving.card.card import DataWindow
from serving.card.card_text import card_text
from serving.card.metadata import Arm, ModelMetadata, Provenance
from serving.errors import LanguageError
from serving.language.language import Language
from serving.registry.lineage import ModelLineage, ViewLineage, ViewUse
from serving.registry.model_files import RegisteredModel
from serving.registry.models import ModelEntry
from serving.registry.pointers import ChallengerPointer, Pointer

_NOT_LISTED: Any = {"card": True, "thresholds": True, "provenance": True, "metrics": {"segments": True}}
"""Metadata left out of the list: what the card and the lineage show already, and the measures of every k,
which are in the run's report."""
_ENGLISH = Language("en")
_NAME_WIDTH = 44
"""Up to this width a name is not broken over lines."""


def models_table(entries: Sequence[ModelEntry]) -> Table:
    """All versions, newest first."""
    table = Table(title="Models", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("tag", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("created (UTC)", no_wrap=True)
    table.add_column("arm and base, or what is wrong", overflow="fold")
    for entry in entries:
        made = entry.registered.metadata if entry.registered else None
        table.add_row(
            Text(entry.tag),
            entry.role or "",
            f"{entry.created:%Y-%m-%d %H:%M}" if entry.created else "",
            Text(f"{_arm(made.arm)}\n{made.base}" if made else "") + Text(entry.problem or "", style="red"),
        )
    return table


def _arm(arm: Arm) -> str:
    """The arm's name; the technical one of an arm of another version, which must not end the list."""
    try:
        return _ENGLISH.arm(arm.sampler, arm.classifier)
    except LanguageError:
        return f"{arm.sampler} {arm.classifier}"


def model_details(
    entry: ModelEntry,
    pointers: Sequence[Pointer | ChallengerPointer],
    lineage: ModelLineage,
    language: Language,
) -> Group:
    """One version: its state, its card in a language, where it comes from, and what was decided about it."""
    state = [("state", Text(entry.problem, style="red") if entry.problem else Text("whole, and scores"))]
    if entry.created:
        state.append(("created (UTC)", Text(f"{entry.created:%Y-%m-%d %H:%M:%S}")))
    parts: list[RenderableType] = [_named(entry.tag + (f" ({entry.role})" if entry.role else ""), state)]
    if entry.registered:
        made = entry.registered.metadata
        making = made.model_dump(mode="json", exclude=_NOT_LISTED)
        parts.append(card_view(made, language))
        parts.append(_lineage_table(made, lineage))
        parts.append(_named("Making", [(name, Text(value)) for name, value in _flat(making)]))
        parts.append(_files(entry.registered))
    return Group(*parts, *([decisions_table(pointers)] if pointers else []))


def view_lineage(lineage: ViewLineage) -> Group:
    """The models that use a view, and the versions that cannot be read."""
    table = Table(title=f"Models that use {lineage.view}", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("tag", no_wrap=True)
    table.add_column("now", no_wrap=True)
    table.add_column("features of the view", overflow="fold")
    for use in lineage.uses:
        table.add_row(Text(use.tag), use.role or "-", Text(_features(use)))
    unknown = f"Broken, so nobody can tell: {', '.join(lineage.unreadable)}" if lineage.unreadable else ""
    return Group(table, *([Text(unknown, style="red")] if unknown else []))


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


def decisions_table(pointers: Sequence[Pointer | ChallengerPointer]) -> Table:
    """Who decided what, when and why."""
    table = Table(title="Decisions", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("when (UTC)", "decision", "who", "why"):
        table.add_column(column, overflow="fold")
    for pointer in pointers:
        decided = Text(f"{_decided(pointer)}\n{pointer.tag}")
        table.add_row(f"{pointer.when:%Y-%m-%d %H:%M}", decided, Text(pointer.who), Text(pointer.why))
    return table


def _decided(pointer: Pointer | ChallengerPointer) -> str:
    if isinstance(pointer, Pointer):
        return (
            f"{pointer.action}, forced: {', '.join(pointer.overruled)}" if pointer.forced else pointer.action
        )
    share = "" if pointer.share is None else f" {pointer.share:.4g}"
    return f"{pointer.action} {pointer.mode}{share}" if pointer.mode else pointer.action


def _lineage_table(made: ModelMetadata, lineage: ModelLineage) -> Table:
    data = made.card.data
    rows = [
        ("feature service", f"{made.feature_service} ({made.feature_service_fingerprint[:12]})"),
        *((f"view {view}", _view(own, others)) for view, (own, others) in lineage.items()),
        ("base", f"{data.base} ({data.kind})"),
        ("dataset", f"{made.dataset_fingerprint[:12]}: {data.rows:,} rows, {data.customers:,} customers"),
        ("observation dates", ", ".join(date[:10] for date in data.observation_dates)),
        ("churn counted", _windows(data)),
        ("code", _code(made.provenance)),
        ("registered (UTC)", f"{made.provenance.registered_at[:19]} by {made.provenance.registered_by}"),
    ]
    return _named("Lineage", [(name, Text(value)) for name, value in rows])


def _windows(data: DataWindow) -> str:
    """The window in which leaving counts, for every observation date: its first day and the day after it."""
    if data.gap_days is None or data.horizon_days is None:
        return "as given in the file"
    gap, horizon = timedelta(data.gap_days), timedelta(data.horizon_days)
    begins = [datetime.fromisoformat(date) + gap for date in data.observation_dates]
    windows = [f"{begin:%Y-%m-%d} to {begin + horizon:%Y-%m-%d}" for begin in begins]
    return f"{', '.join(windows)} (gap {data.gap_days}, then {data.horizon_days} days)"


def _view(own: ViewUse, others: Sequence[ViewUse]) -> str:
    """The features, and the other models that use the view: by tag if they have a role, the rest counted."""
    named = [f"{use.tag} ({use.role})" for use in others if use.role]
    rest = len(others) - len(named)
    used = [*named, *([f"{rest} without a role"] if rest else [])]
    return f"{_features(own)}\nalso used by {', '.join(used) if used else 'no other model'}"


def _features(use: ViewUse) -> str:
    return ", ".join(f"{feature.name} {feature.dtype}" for feature in use.features)


def _code(made: Provenance) -> str:
    state = {None: "", True: ", with changes since", False: ", as committed"}[made.git_changed]
    return f"git commit {made.git_commit}{state}"


def _files(registered: RegisteredModel) -> Group:
    """The sha256 of every file, each on one line of 80 columns."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold")
    for name, sha256 in registered.checksums.items():
        table.add_row(Text(name), Text(sha256))
    return Group(Text("Files, with their sha256", style="bold"), table)


def _named(title: str, values: Sequence[tuple[str, Text]]) -> Table:
    table = Table(title=title, show_header=False, box=SIMPLE_HEAD, pad_edge=False)
    width = max(len(name) for name, _ in values)
    table.add_column(style="bold", overflow="fold", min_width=min(width, _NAME_WIDTH))
    table.add_column(overflow="fold")
    for name, value in values:
        table.add_row(Text(name), value)
    return table


def _flat(content: Any, name: str = "") -> list[tuple[str, str]]:
    """Dotted names and printed values of the leaves; a list is one leaf, and so are a mean and its spread."""
    if isinstance(content, dict) and content.keys() == {"mean", "std"}:
        return [(name, f"{_known(content['mean'])} ± {_known(content['std'])}")]
    if isinstance(content, dict):
        return [
            leaf for key, value in content.items() for leaf in _flat(value, f"{name}.{key}" if name else key)
        ]
    if isinstance(content, list):
        return [(name, ", ".join(_known(value) for value in content))]
    return [(name, _known(content))]


def _known(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)
