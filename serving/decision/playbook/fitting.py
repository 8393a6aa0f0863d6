"""Whether a playbook fits a model: its features, their values, its segments; and no protected attribute."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from serving.decision.playbook.conditions import Condition
from serving.decision.playbook.problems import Problem
from serving.decision.playbook.reading import PlaybookFile
from serving.decision.playbook.schema import PLACEHOLDERS, Offer
from serving.decision.playbook.yaml_lines import Place
from serving.model.churn_model import ChurnModel
from serving.model.signature import FeatureSpec


def check_fits(playbook: PlaybookFile, model: ChurnModel, protected: Collection[str]) -> None:
    """Check everything that a playbook says about features and segments.

    Parameters
    ----------
    playbook : PlaybookFile
    model : ChurnModel
    protected : collection of str
        Features that may stand in no rule and no message.

    Raises
    ------
    PlaybookError
        With one line for each thing that is wrong.
    """
    problems = list(_Check(model, protected).playbook(playbook))
    if problems:
        raise playbook.refused(problems)


class _Check:
    def __init__(self, model: ChurnModel, protected: Collection[str]) -> None:
        self._features = {feature.name: feature for feature in model.signature.features}
        self._bounds = model.signature.bounds
        self._segments = model.segments.names
        self._protected = protected

    def playbook(self, file: PlaybookFile) -> Iterator[Problem]:
        for name, offer in file.content.offers.items():
            yield from self._offer(("offers", name), offer)
        suppression = file.content.suppression
        for kind, conditions in (
            ("open_complaint", suppression.open_complaint),
            ("dunning", suppression.dunning),
        ):
            yield from self._conditions(("suppression", kind), conditions or {})

    def _offer(self, place: Place, offer: Offer) -> Iterator[Problem]:
        eligible = offer.eligible
        yield from self._conditions((*place, "eligible", "features"), eligible.features)
        for position, name in enumerate(eligible.reasons or ()):
            yield from self._name((*place, "eligible", "reasons", position), name)
        for position, segment in enumerate(eligible.segments or ()):
            if segment not in self._segments:
                at = (*place, "eligible", "segments", position)
                yield Problem(at, segment, "is no segment of the model", _one_of(self._segments))
        for code, name in offer.placeholders():
            if name not in PLACEHOLDERS:
                for _, _, what, cure in self._name((*place, "message", code), name):
                    yield Problem((*place, "message", code), f"{{{name}}}", what, cure)

    def _conditions(self, place: Place, conditions: Mapping[str, Condition]) -> Iterator[Problem]:
        for name, condition in conditions.items():
            wrong = list(self._name((*place, name), name))
            yield from wrong or self._condition((*place, name), self._features[name], condition)

    def _name(self, place: Place, name: str) -> Iterator[Problem]:
        if name in self._protected:
            yield Problem(
                place, name, "is a protected attribute (protected_attributes)", "take it out of the playbook"
            )
        elif name not in self._features:
            known = [feature for feature in self._features if feature not in self._protected]
            yield Problem(place, name, "is no feature of the model", _one_of(known))

    def _condition(self, place: Place, feature: FeatureSpec, condition: Condition) -> Iterator[Problem]:
        if feature.kind == "category" and condition.is_about_a_number:
            yield Problem(place, None, f"{feature.name} is no number", "write any_of or none_of")
        bound = self._bounds.get(feature.name)
        for value in condition.values:
            if isinstance(value, str) != (feature.kind == "category"):
                cure = "write a number" if feature.kind == "number" else 'write a text in quotes, such as "1"'
                yield Problem(place, value, f"is no value of {feature.name}", cure)
            elif bound is not None and not bound.allows(value):
                cure = (
                    _one_of(bound.values)
                    if bound.values
                    else f"write one from {bound.low:g} to {bound.high:g}"
                )
                yield Problem(place, value, f"cannot be a value of {feature.name}", cure)


def _one_of(names: Iterable[str]) -> str:
    return f"write one of {', '.join(names)}"
