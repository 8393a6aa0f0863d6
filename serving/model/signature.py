"""A model's signature: the features that it reads, their views and types, in the model's own order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from feature_repo.applied import view_document
from serving.errors import FormatError, SignatureError
from serving.model.bounds import Bound, Bounds
from serving.model.documents import parse

if TYPE_CHECKING:
    from feast import FeatureService, FeatureView

Kind = Literal["number", "category"]
_KIND_OF_TYPE: Mapping[str, Kind] = {"Int64": "number", "Float64": "number", "String": "category"}


@dataclass(frozen=True)
class FeatureSpec:
    """One feature.

    Parameters
    ----------
    name : str
        Column of the view's table.
    view : str
        Feature view that holds it.
    kind : {"number", "category"}
        How it is encoded.
    dtype : {"Int64", "Float64", "String"}
        Feast type that both the offline and the online path cast to.
    """

    name: str
    view: str
    kind: Kind
    dtype: str


@dataclass(frozen=True)
class Signature:
    """The features of a model, in the order of its columns.

    Parameters
    ----------
    feature_service : str
        Feast feature service that the features come from.
    fingerprint : str
        sha256 of that whole feature service, see `fingerprint_of`.
    features : tuple of FeatureSpec
        In the model's order.
    ttl_seconds : mapping of str to int
        Time to live of each view's rows, in seconds; 0 means for ever.
    bounds : mapping of str to Bound
        What a feature can be. A model that was registered without bounds takes every value.
    weights : mapping of str to float or None
        Share of each feature in the model's mean absolute contributions, 0 to 1, in all 1. None before a
        model is registered, and of a model that was registered without weights.
    """

    feature_service: str
    fingerprint: str
    features: tuple[FeatureSpec, ...]
    ttl_seconds: Mapping[str, int]
    bounds: Bounds = field(default_factory=dict)
    weights: Mapping[str, float] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def views(self) -> tuple[str, ...]:
        """Feature views in the order in which they first appear."""
        return tuple(dict.fromkeys(feature.view for feature in self.features))

    def to_json(self) -> dict[str, Any]:
        """Return the signature as plain JSON types; `from_json` reads it back."""
        return {
            "feature_service": self.feature_service,
            "fingerprint": self.fingerprint,
            "features": [vars(feature) for feature in self.features],
            "ttl_seconds": dict(self.ttl_seconds),
            "bounds": {name: asdict(bound) for name, bound in self.bounds.items()},
            "weights": None if self.weights is None else dict(self.weights),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Signature:
        """Read what `to_json` wrote.

        Raises
        ------
        FormatError
            A key is missing, a feature has an unknown type, a view has no time to live, or a weight is not
            in 0..1.
        """
        signature = parse(cls, document, "the signature")
        _check(signature)
        return signature


def signature_of(feature_service: str = "churn_v1", names: Sequence[str] | None = None) -> Signature:
    """Signature of a feature service as `feature_repo` defines and bounds it; no registry is read.

    Parameters
    ----------
    feature_service : str
        Name of the feature service.
    names : sequence of str, optional
        Features to keep, in any order; they come back in the views' order. All by default.

    Raises
    ------
    SignatureError
        No such feature service, or it has no such feature.
    """
    service = _service(feature_service)
    views = _views_of(service)
    features = tuple(_spec(view.name, field) for view in views for field in view.features)
    kept = features if names is None else _keep(features, names, feature_service)
    used = {feature.view for feature in kept}
    return Signature(
        feature_service=feature_service,
        fingerprint=fingerprint_of(feature_service),
        features=kept,
        ttl_seconds={view.name: _ttl_seconds(view) for view in views if view.name in used},
        bounds=_bounds(kept),
    )


def fingerprint_of(feature_service: str = "churn_v1") -> str:
    """Return the sha256 of what decides the values of a feature service.

    That is the names, types, order and views of its features, and each view's TTL, join keys and timestamp
    columns. Descriptions, paths and the base in the lake are left out.

    Raises
    ------
    SignatureError
        No such feature service.
    """
    return fingerprint(feature_service, map(view_document, _views_of(_service(feature_service))))


def fingerprint(feature_service: str, views: Iterable[Mapping[str, Any]]) -> str:
    """Return the sha256 of a feature service, given its views as `feature_repo.applied.view_document`s."""
    document = json.dumps({"feature_service": feature_service, "views": list(views)}, sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def views_defined() -> tuple[str, ...]:
    """Names of the feature views that `feature_repo` defines."""
    from feature_repo.views import VIEWS

    return tuple(view.name for view in VIEWS)


def _service(name: str) -> FeatureService:
    from feature_repo.services import SERVICES

    if name not in SERVICES:
        raise SignatureError(
            f"feature_repo defines no feature service {name!r}; it has {', '.join(sorted(SERVICES))}."
        )
    return SERVICES[name]


def _views_of(service: FeatureService) -> list[FeatureView]:
    from feature_repo.views import VIEWS

    views = {view.name: view for view in VIEWS}
    return [
        views[projection.name].with_projection(projection) for projection in service.feature_view_projections
    ]


def _bounds(features: tuple[FeatureSpec, ...]) -> Bounds:
    from feature_repo.views import BOUNDS

    return {feature.name: Bound(**BOUNDS[feature.name]) for feature in features if feature.name in BOUNDS}


def _ttl_seconds(view: FeatureView) -> int:
    return 0 if view.ttl is None else int(view.ttl.total_seconds())


def _spec(view: str, field: Any) -> FeatureSpec:
    dtype = str(field.dtype)
    if dtype not in _KIND_OF_TYPE:
        raise SignatureError(
            f"Feature {view}:{field.name} is {dtype}; a model takes {', '.join(sorted(_KIND_OF_TYPE))} only."
        )
    return FeatureSpec(field.name, view, _KIND_OF_TYPE[dtype], dtype)


def _keep(features: tuple[FeatureSpec, ...], names: Sequence[str], service: str) -> tuple[FeatureSpec, ...]:
    unknown = sorted(set(names) - {feature.name for feature in features})
    if unknown:
        raise SignatureError(f"Feature service {service!r} has no feature {', '.join(unknown)}.")
    return tuple(feature for feature in features if feature.name in set(names))


def _check(signature: Signature) -> None:
    for feature in signature.features:
        if feature.kind != _KIND_OF_TYPE.get(feature.dtype):
            raise FormatError(
                f"Feature {feature.name!r} of the model is {feature.kind} of type {feature.dtype!r}."
            )
    missing = sorted(set(signature.views) - set(signature.ttl_seconds))
    if missing:
        raise FormatError(
            f"The model's signature gives no TTL for {', '.join(missing)}; register the model again."
        )
    for name, weight in (signature.weights or {}).items():
        if not 0 <= weight <= 1 or name not in signature.names:  # the first is false for NaN too
            raise FormatError(f"The model's signature gives {name!r} the weight {weight}; register it again.")
