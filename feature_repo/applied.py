"""What is applied, told beside the registry for those who do not import Feast.

Reading a registry takes Feast, which takes seconds. So whoever writes the registry file also writes a small
JSON file: every feature service with its views, and the sha256 of the registry that it was made of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feast import FeatureView
    from feast.protos.feast.core.Registry_pb2 import Registry as RegistryProto

Services = Mapping[str, list[dict[str, Any]]]
"""By name of a feature service, its views in order, each as `view_document` gives it."""


def applied_path(registry: Path) -> Path:
    """Path of the file that tells of a registry file."""
    return registry.with_name(f"{registry.name}.services.json")


def view_document(view: FeatureView) -> dict[str, Any]:
    """What decides the values of a view's features, as plain JSON types."""
    return {
        "view": view.name,
        "join_keys": list(view.join_keys),
        "ttl_seconds": 0 if view.ttl is None else int(view.ttl.total_seconds()),
        "clocks": [view.batch_source.timestamp_field, view.batch_source.created_timestamp_column],
        "features": [[field.name, str(field.dtype)] for field in view.features],
    }


def applied_document(registry: RegistryProto, content: bytes) -> bytes:
    """Tell of a registry.

    Parameters
    ----------
    registry : Registry
    content : bytes
        The registry as it lies in its file.
    """
    from feast import FeatureService, FeatureView

    views = {
        (proto.spec.project, proto.spec.name): FeatureView.from_proto(proto)
        for proto in registry.feature_views
    }
    projects: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for proto in registry.feature_services:
        project, service = proto.spec.project, FeatureService.from_proto(proto)
        projects.setdefault(project, {})[service.name] = [
            view_document(views[project, projection.name].with_projection(projection))
            for projection in service.feature_view_projections
            if (project, projection.name) in views  # no other kind has rows in the online store
        ]
    document = {"registry_sha256": hashlib.sha256(content).hexdigest(), "projects": projects}
    return json.dumps(document).encode()


def read_services(registry: Path, project: str) -> Services | None:
    """Feature services that are applied; None where that cannot be told.

    It cannot when there is no registry file, when nothing is told of it, or when what is told is of another
    registry: somebody is writing it, or it was not written by our own registry store.

    Raises
    ------
    OSError
        A file is there and cannot be read.
    ValueError
        What is told of the registry is not JSON.
    """
    try:
        content, told = registry.read_bytes(), applied_path(registry).read_bytes()
    except FileNotFoundError:
        return None
    document: Any = json.loads(told)
    if document["registry_sha256"] != hashlib.sha256(content).hexdigest():
        return None
    services: Services = document["projects"].get(project, {})
    return services
