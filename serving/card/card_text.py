"""A model card as sentences, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from serving.card.card import Calibration, DataWindow, Figure, Figures, ModelCard, Statement
from serving.card.field_types import StrictModel, Text
from serving.card.thresholds import Outcome, Thresholds
from serving.language.language import NOTHING, Language

_SHARES = frozenset({"precision", "recall", "contact_share"})
_AT_THRESHOLD = frozenset({"precision", "recall", "f1"})


class Section(StrictModel):
    """A heading with its sentences."""

    name: Text
    heading: Text
    sentences: tuple[Text, ...]


def card_text(card: ModelCard, thresholds: Thresholds, language: Language) -> tuple[Section, ...]:
    """The card's sections in the order in which they are read."""
    sections = {
        "intended_use": _sentences(card.intended_use, language),
        "out_of_scope": _sentences(card.out_of_scope, language),
        "people": _sentences([card.people], language),
        "data": _data(card.data, language),
        "judged": _sentences([card.judged], language),
        "figures": _figures(card.figures, language),
        "calibration": _calibration(card.calibration, language),
        "decision": _decision(thresholds, language),
        "against_champion": _sentences(filter(None, [card.against_champion]), language),
        "time_to_churn": _sentences(filter(None, [card.time_to_churn]), language),
        "limits": _sentences(card.limits, language),
        "renewal": _sentences(card.renewal, language),
    }
    read = {name: tuple(sentences) for name, sentences in sections.items()}
    return tuple(
        Section(name=name, heading=language.say(f"card.heading.{name}"), sentences=sentences)
        for name, sentences in read.items()
        if sentences
    )


def _sentences(statements: Iterable[Statement], language: Language) -> Iterator[str]:
    for statement in statements:
        yield language.say(statement.key, **statement.values)


def _data(data: DataWindow, language: Language) -> Iterator[str]:
    yield language.say(f"card.data.{data.kind}", base=data.base)
    if data.data_until is not None:
        yield language.say("card.data.until", date=language.date(data.data_until))
    dates = [language.date(date) for date in data.observation_dates]
    yield language.say("card.data.dates", dates="; ".join(dates))
    if data.horizon_days is not None:
        yield language.say("card.data.window", horizon_days=data.horizon_days, gap_days=data.gap_days)
    yield language.say("card.data.rows", rows=data.rows, customers=data.customers, churn_rate=data.churn_rate)
    if data.under_offer:
        yield language.say("card.data.under_offer", customers=data.under_offer)
    if data.left_involuntarily:
        yield language.say("card.data.left_involuntarily", customers=data.left_involuntarily)
    yield language.say("card.data.features", count=len(data.features), features=data.features)


def _figures(figures: Figures, language: Language) -> Iterator[str]:
    for name in Figures.model_fields:
        figure: Figure = getattr(figures, name)
        values = {
            "estimate": figure.estimate,
            "low": figure.low,
            "high": figure.high,
            "mean": figure.fold_mean,
            "std": figure.fold_std,
        }
        yield language.say(
            "card.figure",
            name=_figure_name(name, language),
            **{part: _figure_text(name, value, language) for part, value in values.items()},
        )


def _figure_name(name: str, language: Language) -> str:
    label = language.label("metric", name)
    return language.say("card.figure.at_threshold", name=label) if name in _AT_THRESHOLD else label


def _figure_text(name: str, value: float | None, language: Language) -> str:
    if value is None:
        return NOTHING
    if name in _SHARES:
        return language.share(value)
    return language.number(value, 2 if name == "profit_per_customer" else 3)


def _calibration(calibration: Calibration, language: Language) -> Iterator[str]:
    yield language.say("card.calibration", **calibration.model_dump(exclude={"bins"}))


def _decision(thresholds: Thresholds, language: Language) -> Iterator[str]:
    profit, floor = thresholds.profit, thresholds.precision_floor
    if profit.threshold is None:
        yield language.say("card.decision.profit_nobody")
    else:
        outcome = _outcome(profit.untouched, language)
        yield language.say("card.decision.profit", threshold=profit.threshold, outcome=outcome)
    if floor.threshold is None:
        yield language.say(
            "card.decision.precision_floor_nobody", floor=floor.floor, lower_bound=floor.lower_bound
        )
    else:
        outcome = _outcome(floor.untouched, language)
        yield language.say(
            "card.decision.precision_floor", floor=floor.floor, threshold=floor.threshold, outcome=outcome
        )
    yield language.say(f"card.decision.chosen.{thresholds.rule}")


def _outcome(outcome: Outcome, language: Language) -> str:
    return language.say(
        "card.decision.outcome",
        precision=outcome.precision,
        recall=outcome.recall,
        contact_share=outcome.contact_share,
    )
