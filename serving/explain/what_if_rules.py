"""Which features a what-if may change, to what, and which features follow from a change.

The rules are those of a base's tables, which `data` checks when a base is loaded. Serving must not import
`data`, so it has a copy here; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from serving.errors import ImpossibleChange
from serving.explain.derived_features import DERIVED, Row
from serving.language.language import Language
from serving.model.encoding import Encoder
from serving.model.signature import FeatureSpec

Value = str | int | float

MOST_MONTHS = 1200
MOST = 1e9
"""Largest absolute value that a what-if accepts where the tables set no bound."""
_SHOWN = 40
_ENGLISH = Language("en")

NO_INTERNET = "No internet service"
NO_PHONE = "No phone service"
ADD_ONS: Mapping[str, tuple[str, str]] = {
    "MultipleLines": ("PhoneService", NO_PHONE),
    "OnlineSecurity": ("InternetService", NO_INTERNET),
    "OnlineBackup": ("InternetService", NO_INTERNET),
    "DeviceProtection": ("InternetService", NO_INTERNET),
    "TechSupport": ("InternetService", NO_INTERNET),
    "StreamingTV": ("InternetService", NO_INTERNET),
    "StreamingMovies": ("InternetService", NO_INTERNET),
}
"""Add-on: its service, and the value that it has exactly when that service is "No"."""

NOT_MORE = tuple(
    (less, more)
    for kind in ("numAdminTickets", "numTechTickets")
    for less, more in ((f"{kind}1m", f"{kind}3m"), (f"{kind}3m", kind))
)
"""Pairs of counts of which the first is part of the second."""

CHARGES = ("tenure", "MonthlyCharges", "TotalCharges")
"""Where the first two are above 0, so is the last."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "SeniorCitizen": (0, 1),
    "tenure": (0, MOST_MONTHS),
    **dict.fromkeys(("MonthlyCharges", "TotalCharges"), (0, MOST)),
    **{name: (0, MOST) for pair in NOT_MORE for name in pair},
}


@dataclass(frozen=True)
class Changeable:
    """A feature that may be changed, and to what.

    Attributes
    ----------
    feature : str
    values : tuple of str or None
        The values of a category that the model knows. None for a number.
    minimum, maximum : float or None
        Bounds of a number, both included. None for a category.
    whole : bool
        Whether it is a whole number.
    """

    feature: str
    values: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False

    def take(self, value: Value, language: Language = _ENGLISH) -> Value:
        """Return a value in the feature's own type. Raises ImpossibleChange if the feature cannot have it."""
        if self.values is not None:
            if value in self.values:
                return value
        elif isinstance(value, int | float) and self.minimum <= value <= self.maximum:  # type: ignore[operator]
            if not self.whole:
                return float(value)
            if value == int(value):
                return int(value)
        raise ImpossibleChange(self._rule(_shown(value), language), self.feature)

    def _rule(self, shown: str, language: Language) -> str:
        if self.values is None:
            key = "what_if.whole_number" if self.whole else "what_if.number"
            bounds = {"minimum": self.minimum, "maximum": self.maximum}
            return language.say(key, feature=self.feature, value=shown, **bounds)
        if not self.values:
            return language.say("what_if.no_category", feature=self.feature, value=shown)
        values = _listed(self.values, "or", language)
        return language.say("what_if.category", feature=self.feature, values=values, value=shown)


_RULE_OF = {derived.feature: derived for derived in DERIVED}


class WhatIfRules:
    """The rules for one model.

    Parameters
    ----------
    encoder : Encoder
        Its features, and the categories it knows.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._names = frozenset(feature.name for feature in encoder.features)
        self.changeable = {
            spec.name: _changeable(spec, encoder)
            for spec in encoder.features
            if spec.name not in _RULE_OF and not self._ununderstood(spec.name)
        }

    def apply(self, row: Row, changes: Mapping[str, Value], language: Language = _ENGLISH) -> dict[str, Any]:
        """Return the row after the changes, with the features that follow from them.

        Only the rules of changed features are checked, so without a change the row comes back as it is.

        Parameters
        ----------
        row : mapping of str to value
            The customer's features; None where a value is missing.
        changes : mapping of str to value
        language : Language
            Language of the error's message.

        Raises
        ------
        ImpossibleChange
            Naming the feature and the rule.
        """
        taken = {
            name: self._changeable(name, language).take(value, language) for name, value in changes.items()
        }
        after = {**row, **taken}
        for name in taken:
            _check_add_ons(name, after, language)
            _check_parts(name, after, language)
            _check_first_bill(name, after, language)
            _check_charged(name, after, language)
        self._derive(row, after)
        return after

    def _changeable(self, name: str, language: Language) -> Changeable:
        found = self.changeable.get(name)
        if found is None:
            raise ImpossibleChange(self._why_not(name, language), name)
        return found

    def _why_not(self, name: str, language: Language) -> str:
        if name not in self._names:
            return language.say("what_if.no_feature", feature=_shown(name))
        if name in _RULE_OF:
            derived = _RULE_OF[name]
            needs = _listed(derived.needs, "or", language)
            return language.say("what_if.follows", feature=name, rule=derived.rule, needs=needs)
        return language.say("what_if.lacking", feature=name, lacking=self._ununderstood(name)[0])

    def _ununderstood(self, name: str) -> list[str]:
        """Features that follow from `name` and cannot be computed from the model's features."""
        held = [derived for derived in DERIVED if derived.feature in self._names]
        return [d.feature for d in held if name in d.needs and not self._names.issuperset(d.needs)]

    def _derive(self, before: Row, after: dict[str, Any]) -> None:
        for derived in DERIVED:
            name, needs = derived.feature, derived.needs
            if name not in self._names or all(after[need] == before[need] for need in needs):
                continue
            known = None not in (before[name], *(part[need] for need in needs for part in (before, after)))
            after[name] = derived.follow(before, after) if known else before[name]


def _changeable(spec: FeatureSpec, encoder: Encoder) -> Changeable:
    if spec.kind == "category":
        return Changeable(spec.name, values=encoder.categories[spec.name])
    minimum, maximum = _RANGES.get(spec.name, (-MOST, MOST))
    return Changeable(spec.name, minimum=minimum, maximum=maximum, whole=spec.dtype == "Int64")


def _check_add_ons(name: str, after: Row, language: Language) -> None:
    """Check that an add-on is "none" exactly when its service is "No"; missing values break no rule."""
    wrong = []
    for add_on, (service, none) in ADD_ONS.items():
        answers = (after.get(service), after.get(add_on))
        if name in (add_on, service) and None not in answers:
            agree = (answers[0] == "No") == (answers[1] == none)
            wrong += [] if agree else [add_on]
    if not wrong:
        return
    service, none = ADD_ONS[wrong[0]]
    values = {"none": none, "service": service, "value": after[service]}
    key = "what_if.service" if name == service else "what_if.add_on"
    raise ImpossibleChange(language.say(key, add_ons=_listed(wrong, "and", language), **values), name)


def _check_parts(name: str, after: Row, language: Language) -> None:
    for less, more in NOT_MORE:
        counts = (after.get(less), after.get(more))
        if name in (less, more) and None not in counts and counts[0] > counts[1]:  # type: ignore[operator]
            values = {"less": less, "more": more, "count": str(counts[0]), "total": str(counts[1])}
            raise ImpossibleChange(language.say("what_if.part", **values), name)


def _check_first_bill(name: str, after: Row, language: Language) -> None:
    total = after.get("TotalCharges")
    if name in ("tenure", "TotalCharges") and after.get("tenure") == 0 and total:
        raise ImpossibleChange(language.say("what_if.first_bill", total=total), name)


def _check_charged(name: str, after: Row, language: Language) -> None:
    tenure, monthly, total = (after.get(part) for part in CHARGES)
    if name in CHARGES and tenure and monthly and total == 0:
        raise ImpossibleChange(language.say("what_if.charged", tenure=tenure), name)


def _listed(names: tuple[str, ...] | list[str], word: Literal["and", "or"], language: Language) -> str:
    *most, last = names
    return f"{', '.join(most)} {language.say(f'what_if.{word}')} {last}" if most else last


def _shown(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
