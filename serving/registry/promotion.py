"""The checks that a model must pass to become champion. Each returns one sentence if the model fails it.

First the model's files are verified, loaded and probed. The checks then ask whether the model can be served
here, and whether it is worse than the champion. Only the last check can be overruled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from feature_repo.errors import ManifestError
from feature_repo.lake import lake_base
from serving.card.card import Figure
from serving.card.metadata import ModelMetadata
from serving.card.metric_direction import LOWER_IS_BETTER
from serving.errors import ModelError, PromotionRefused, SignatureError
from serving.model.signature import Signature, fingerprint_of
from serving.registry.applied import Applied
from serving.registry.decisions import Check
from serving.registry.model_files import load_metadata, registered_model
from serving.registry.pointers import champion
from serving.settings import Promotion


@dataclass(frozen=True)
class Candidate:
    """A model that is to become champion or challenger.

    Attributes
    ----------
    metadata : ModelMetadata
    signature : Signature
    rival : ModelMetadata or None
        The champion's, if the two can be compared.
    rules : Promotion
    """

    metadata: ModelMetadata
    signature: Signature
    rival: ModelMetadata | None
    rules: Promotion


def served(candidate: Candidate) -> str | None:
    """The feature service must still be the one that the model was trained on."""
    made = candidate.metadata
    try:
        now = fingerprint_of(made.feature_service)
    except SignatureError as error:
        return f"{str(error).rstrip('.')}, so train again"
    if now == made.feature_service_fingerprint:
        return None
    return (
        f"feature service {made.feature_service} has changed since (its fingerprint is {now[:12]}, and the "
        f"model was trained on {made.feature_service_fingerprint[:12]}), so train again"
    )


def applied(candidate: Candidate) -> str | None:
    """The applied feature service must be that one too; the check passes if it is unknown."""
    differs = Applied().compare(candidate.signature).differs
    return f"as applied, {differs}" if differs else None


def of_this_base(candidate: Candidate) -> str | None:
    """The model must be of the lake's base; without a lake the check passes."""
    try:
        here = lake_base()
    except ManifestError as error:
        return error.message.rstrip(".")
    if here in (None, candidate.metadata.base):
        return None
    return (
        f"the model is of base {candidate.metadata.base} and the lake holds {here}, "
        "so train on this lake or point STAYLINE_LAKE at the other"
    )


def not_worse(candidate: Candidate) -> str | None:
    """The model's figure on the untouched part must reach the champion's, less the tolerance."""
    if candidate.rival is None:
        return None
    metric, tolerance = candidate.rules.metric, candidate.rules.tolerance
    mine, theirs = (figure_of(made, metric).estimate for made in (candidate.metadata, candidate.rival))
    if theirs is None:
        return None
    if mine is None:
        return f"its {metric} on the untouched part is not defined, and the champion's is {theirs:.4f}"
    loss = mine - theirs if metric in LOWER_IS_BETTER else theirs - mine
    if loss <= tolerance:
        return None
    return (
        f"its {metric} on the untouched part is {mine:.4f} and the champion's {theirs:.4f}, worse by "
        f"{loss:.4f} where {tolerance:g} is tolerated{_other_data(candidate)}"
    )


def figure_of(made: ModelMetadata, metric: str) -> Figure:
    """A figure of the model's card."""
    figure: Figure = getattr(made.card.figures, metric)
    return figure


CHECKS: Mapping[str, Callable[[Candidate], str | None]] = {
    "served": served,
    "applied": applied,
    "of_this_base": of_this_base,
    "not_worse": not_worse,
}
FORCIBLE = frozenset({"not_worse"})


def to_promote(rules: Promotion, force: bool = False) -> Check:
    """All checks, for a promotion; `force` overrules those that are FORCIBLE."""
    return lambda tag: _check(tag, rules, tuple(CHECKS), force)


def to_serve(rules: Promotion) -> Check:
    """The checks that nobody can overrule, for a roll-back or a challenge: its model may be worse."""
    return lambda tag: _check(tag, rules, tuple(name for name in CHECKS if name not in FORCIBLE), False)


def _check(tag: str, rules: Promotion, names: tuple[str, ...], force: bool) -> tuple[str, ...]:
    registered = registered_model(tag)
    registered.load()  # if this raises, no other check makes sense
    candidate = Candidate(registered.metadata, registered.signature, _rival(tag, registered.metadata), rules)
    answers = {name: CHECKS[name](candidate) for name in names}
    failed = {name: sentence for name, sentence in answers.items() if sentence}
    if failed and not (force and failed.keys() <= FORCIBLE):
        hint = "; --force with a reason overrules that" if failed.keys() <= FORCIBLE else ""
        raise PromotionRefused(f"{tag} is refused: {'; '.join(failed.values())}{hint}")
    return tuple(failed)


def _rival(tag: str, made: ModelMetadata) -> ModelMetadata | None:
    """The champion's metadata; None if it is the model itself or has another base or feature service."""
    now = champion()
    if now is None or now == tag:
        return None
    try:
        rival = load_metadata(now)
    except ModelError:
        return None
    same = rival.base == made.base and rival.feature_service_fingerprint == made.feature_service_fingerprint
    return rival if same else None


def _other_data(candidate: Candidate) -> str:
    assert candidate.rival is not None
    if candidate.metadata.dataset_fingerprint == candidate.rival.dataset_fingerprint:
        return ""
    return " (the two were judged on different datasets, so part of it may be the data's)"
