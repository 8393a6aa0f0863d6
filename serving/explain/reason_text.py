"""A reason as a sentence: the customer's value, and how far it moves the risk.

The keys in the catalogue decide how a feature is put into words: by its value (``reason.Contract=One year``),
by count (``.zero``, ``.one``, ``.many``), by direction (``.more``, ``.less``, ``.same``) or by amount
(``.amount``). A feature without a text of its own gets a general one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from serving.explain.reasons import Reason
from serving.language.catalogue import catalogue
from serving.language.language import Language

HARDLY = 0.5
"""A feature that moves the risk by fewer percentage points than this hardly changes it."""
CENT = 0.005


def reason_text(reason: Reason, language: Language) -> str:
    """The sentence of a reason, without a capital letter and a full stop."""
    form, what = _what(reason, language)
    points = rounded(reason.points)
    verb = "hardly" if abs(points) < HARDLY else "raises" if points > 0 else "lowers"
    if verb == "hardly":
        return language.say(f"reason.hardly.{form}", what=what)
    return language.say(f"reason.{verb}.{form}", what=what, points=_points(abs(points), language))


def rounded(points: float) -> float:
    """Points with one decimal, without a negative zero."""
    return round(points, 1) + 0.0


def _points(points: float, language: Language) -> str:
    whole = round(points)
    if points >= 1:
        return language.say("reason.point" if whole == 1 else "reason.points", points=language.number(whole))
    return language.say("reason.points", points=language.number(points, 1))


def _what(reason: Reason, language: Language) -> tuple[str, str]:
    """The verb's form (``one``, ``many``, or ``unknown`` after a whole sentence) and the subject."""
    feature = reason.feature
    for form, values in _forms(reason.value):
        key = f"reason.{feature}{form}"
        if key in catalogue():
            return _VERB.get(form, "one"), language.say(key, **values)
    if reason.value is None:
        return "unknown", language.say("reason.other.missing", feature=feature)
    value = reason.value if isinstance(reason.value, str) else _figure(reason.value, language)
    return "one", language.say("reason.other", feature=feature, value=value)


_VERB = {".many": "many", ".missing": "unknown"}


def _forms(value: str | int | float | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Endings of the keys that fit a value, the closest first, each with the values that its text needs."""
    if value is None:
        yield ".missing", {}
    elif isinstance(value, str):
        yield f"={value}", {}
    else:
        if value >= 0 and value == int(value):
            yield (
                {0: ".zero", 1: ".one"}.get(int(value), ".many"),
                {} if value <= 1 else {"number": int(value)},
            )
        yield ".amount", {"amount": value}
        if abs(value) < CENT:
            yield ".same", {}
        else:
            yield ".more" if value > 0 else ".less", {"amount": abs(value)}


def _figure(value: float, language: Language) -> str:
    return language.number(value, 0 if value == int(value) else 2)
