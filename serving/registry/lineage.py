"""The feature views that a model uses, and the models that use a feature view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serving.errors import SignatureError
from serving.model.roles import Role
from serving.model.signature import FeatureSpec, Signature, views_defined
from serving.registry.models import ModelEntry, list_models


@dataclass(frozen=True)
class ViewUse:
    """A model that uses a view, its current role, and the view's features in the model's order."""

    tag: str
    role: Role | None
    features: tuple[FeatureSpec, ...]


@dataclass(frozen=True)
class ViewLineage:
    """The models that use a view, newest first, and the versions that cannot be read."""

    view: str
    uses: tuple[ViewUse, ...]
    unreadable: tuple[str, ...]


ModelLineage = Mapping[str, tuple[ViewUse, tuple[ViewUse, ...]]]


def features_by_view(signature: Signature) -> Mapping[str, tuple[FeatureSpec, ...]]:
    """A model's features, by the view that they come from."""
    return {
        view: tuple(feature for feature in signature.features if feature.view == view)
        for view in signature.views
    }


def lineage_of(entry: ModelEntry) -> ModelLineage:
    """By view: the features that the model uses, and the view's other models; empty for a broken model."""
    if entry.registered is None:
        return {}
    everybody = list_models()
    lineage = {}
    for view, features in features_by_view(entry.registered.signature).items():
        uses = uses_of_view(view, everybody).uses
        others = tuple(use for use in uses if use.tag != entry.tag)
        lineage[view] = ViewUse(entry.tag, entry.role, features), others
    return lineage


def uses_of_view(view: str, entries: Sequence[ModelEntry] | None = None) -> ViewLineage:
    """Which models use a feature view.

    Parameters
    ----------
    view : str
    entries : sequence of ModelEntry, optional
        What `list_models` returned, if it has been called already.

    Raises
    ------
    SignatureError
        If no model uses such a view and `feature_repo` does not define it either.
    """
    known = list_models() if entries is None else entries
    used = [
        (entry, features_by_view(entry.registered.signature).get(view, ()))
        for entry in known
        if entry.registered is not None
    ]
    uses = tuple(ViewUse(entry.tag, entry.role, features) for entry, features in used if features)
    if not uses and view not in (defined := views_defined()):
        raise SignatureError(
            f"no model uses a feature view {view!r} and feature_repo has none; it has {', '.join(defined)}"
        )
    return ViewLineage(view, uses, tuple(entry.tag for entry in known if entry.problem is not None))
