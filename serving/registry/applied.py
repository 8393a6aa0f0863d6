"""Whether a model may serve here: its feature service must be the one that is applied.

Training asks this of a run that it finds again, promotion of a candidate, batch scoring and the service of
the model that they score with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from feature_repo.applied import Services, applied_path, read_services
from feature_repo.configuration import configuration
from feature_repo.errors import FeatureRepoError
from feature_repo.files import file_state
from feature_repo.paths import REGISTRY_ENV, REPO, state_path
from serving.errors import StoreError
from serving.model.signature import Signature, fingerprint

OWN_REGISTRY = "feature_repo.registry_store.AtomicFileRegistryStore"
_CURE = "train again, promote a model of this one, or apply the feature repository that it was trained with"


class Comparison(NamedTuple):
    """How the feature services differ, or why that is unknown; both are None if they are the same."""

    differs: str | None = None
    unknown: str | None = None


class Applied:
    """The applied feature services, from the file that our registry store writes; Feast is not imported.

    Parameters
    ----------
    repo : Path, optional
        Folder of `feature_store.yaml`. `STAYLINE_REGISTRY` overrides the registry it names.
    """

    def __init__(self, repo: Path = REPO) -> None:
        self._repo = repo
        self._seen: object = None
        self._services: Services | None = None

    def compare(self, signature: Signature) -> Comparison:
        """Compare them with a model's signature; cheap while the registry does not change."""
        try:
            registry, project = self._registry()
            services = self._read(registry, project) if registry else None
        except (StoreError, FeatureRepoError, OSError, ValueError, LookupError, TypeError) as error:
            return Comparison(unknown=f"the applied feature services cannot be told ({error})")
        if registry is None:
            return Comparison(unknown="the applied feature services cannot be told: the registry is not ours")
        if services is None:
            reason = f"{applied_path(registry)} is not there, or is not of the registry as it is now"
            return Comparison(unknown=f"the applied feature services cannot be told: {reason}")
        return Comparison(differs=_difference(signature, services))

    def _registry(self) -> tuple[Path | None, str]:
        settings = configuration(self._repo)
        registry = settings.get("registry")
        if not isinstance(registry, Mapping) or registry.get("registry_store_type") != OWN_REGISTRY:
            return None, settings["project"]
        return state_path(REGISTRY_ENV, registry["path"], self._repo), settings["project"]

    def _read(self, registry: Path, project: str) -> Services | None:
        seen = [project, *(file_state(path) for path in (registry, applied_path(registry)))]
        if seen != self._seen:
            self._services = read_services(registry, project)
            self._seen = seen
        return self._services


def _difference(signature: Signature, services: Services) -> str | None:
    name = signature.feature_service
    if name not in services:
        held = ", ".join(sorted(services)) or "none"
        return f"the model needs feature service {name}, and applied is {held}; {_CURE}"
    views = services[name]
    if fingerprint(name, views) == signature.fingerprint:
        return None
    # A model leaves features out that never vary, so what it does not use says little beside anything else.
    named = list(_differences(signature, views)) or list(_unused(signature, views))
    what = "; ".join(named) or "the order, a join key or a time column is another"
    return f"{what}: feature service {name} is not the one that the model was trained with; {_CURE}"


def _differences(signature: Signature, views: list[dict[str, Any]]) -> Iterator[str]:
    """What a signature shows for sure: features gone or of another type, views with another time to live.

    Of a view that lost a feature the unused ones are named as well: one of them may be its new name.
    """
    applied = {(view["view"], feature): dtype for view in views for feature, dtype in view["features"]}
    lost = set()
    for feature in signature.features:
        dtype = applied.pop((feature.view, feature.name), None)
        if dtype is None:
            lost.add(feature.view)
            yield f"{feature.view}:{feature.name} is gone"
        elif dtype != feature.dtype:
            yield f"{feature.view}:{feature.name} is {dtype}, not {feature.dtype}"
    yield from _unused(signature, [view for view in views if view["view"] in lost])
    for view in views:
        known = signature.ttl_seconds.get(view["view"])
        if known is not None and view["ttl_seconds"] != known:
            yield f"time to live of {view['view']} is {view['ttl_seconds']} s, not {known} s"


def _unused(signature: Signature, views: list[dict[str, Any]]) -> Iterator[str]:
    """Features that are applied and that the model does not use."""
    used = {(feature.view, feature.name) for feature in signature.features}
    for view in views:
        for name, _ in view["features"]:
            if (view["view"], name) not in used:
                yield f"{view['view']}:{name} is there, which the model does not use"
