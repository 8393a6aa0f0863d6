"""The applied feature services, in a file beside the registry that can be read without Feast.

Reading a registry needs Feast, whose import takes seconds. So our registry store also writes a small JSON
file: every feature service with its views, and the sha256 of the registry that it was made from. Its second
line is the sha256 of the first, which says that there is one. A file of version 0.2 has one line.
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
"""By name of a feature service, its views in order, each as `view_document` returns it."""


def applied_path(registry: Path) -> Path:
    """Path of the JSON file that belongs to a registry file."""
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
    """Make the content of the JSON file for a registry.

    Parameters
    ----------
    registry : Registry
    content : bytes
        The content of the registry file.
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
    document = {"registry_sha256": hashlib.sha256(content).hexdigest(), "projects": projects, "sealed": True}
    text = json.dumps(document).encode()
    return b"%b\n%b" % (text, hashlib.sha256(text).hexdigest().encode())


def read_services(registry: Path, project: str) -> Services | None:
    """The applied feature services; None if they are unknown.

    They are unknown if the registry file or its JSON file is missing, or if the JSON file belongs to another
    registry: the registry is being written, or was not written by our own registry store.

    Raises
    ------
    OSError
        A file exists but cannot be read.
    ValueError
        The JSON file is damaged.
    """
    try:
        content, services_json = registry.read_bytes(), applied_path(registry).read_bytes()
    except FileNotFoundError:
        return None
    document = _document(applied_path(registry), services_json)
    if document["registry_sha256"] != hashlib.sha256(content).hexdigest():
        return None
    services: Services = document["projects"].get(project, {})
    return services


def _document(path: Path, content: bytes) -> dict[str, Any]:
    text, line, seal = content.partition(b"\n")
    damaged = f"{path} is damaged; run `feast -c feature_repo apply`, which writes it again"
    if line and seal != hashlib.sha256(text).hexdigest().encode():
        raise ValueError(damaged)
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ValueError(damaged) from error
    if not line and document.get("sealed"):
        raise ValueError(damaged)
    return document
