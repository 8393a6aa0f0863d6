"""Three-way merge of Feast registries: our changes, and those that others made meanwhile.

Feast reads the registry, changes its copy and writes the whole copy back. So of two processes that overlap,
the last one would undo the other's work. Here an object that one side changed is taken from that side. An
object that both sides changed is deleted if either deleted it. Else its definition is ours if we changed it,
and its materialization intervals are those of both.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from feast.protos.feast.core.Registry_pb2 import Registry as RegistryProto

from feature_repo.lake import BASE_TAG

_STAMPS = ("version_id", "last_updated")


def merge(base: RegistryProto, ours: RegistryProto, theirs: RegistryProto) -> RegistryProto:
    """Merge two registries that grew from the same one.

    Parameters
    ----------
    base : Registry
        What both sides started from.
    ours : Registry
        `base` and our changes.
    theirs : Registry
        `base` and the changes that were written meanwhile.

    Returns
    -------
    Registry
        A new message; `version_id` and `last_updated` are those of `theirs`.
    """
    merged = RegistryProto()
    merged.CopyFrom(theirs)
    for field in RegistryProto.DESCRIPTOR.fields:
        if field.is_repeated:
            _put(
                merged,
                field.name,
                _merge_objects(*(getattr(side, field.name) for side in (base, ours, theirs))),
            )
        elif field.name == "feature_view_version_history":
            sides = (side.feature_view_version_history.records for side in (base, ours, theirs))
            _put(merged.feature_view_version_history, "records", _merge_objects(*sides))
        elif field.name not in _STAMPS and getattr(ours, field.name) != getattr(base, field.name):
            _set(merged, field.name, getattr(ours, field.name))
    return merged


def forget_other_base(registry: RegistryProto, previous: RegistryProto) -> None:
    """Clear the materialization intervals of every view that had another base in `previous`.

    Otherwise `materialize-incremental` would start where the old base ended. A view without a base tag
    (applied without a lake) keeps its intervals.
    """
    before = {_name(view): view.spec.tags.get(BASE_TAG) for view in previous.feature_views}
    for view in registry.feature_views:
        base = view.spec.tags.get(BASE_TAG)
        if base is not None and base != before.get(_name(view), base):
            del view.meta.materialization_intervals[:]


def _merge_objects(base: Iterable[Any], ours: Iterable[Any], theirs: Iterable[Any]) -> list[Any]:
    old, mine, other = ({_name(item): item for item in side} for side in (base, ours, theirs))
    merged = []
    for name in dict.fromkeys([*other, *mine]):
        item = _merge_object(old.get(name), mine.get(name), other.get(name))
        if item is not None:
            merged.append(item)
    return merged


def _merge_object(base: Any, ours: Any, theirs: Any) -> Any:
    if ours == base:
        return theirs
    if theirs == base:
        return ours
    if ours is None or theirs is None:
        return None
    merged = type(ours)()
    merged.CopyFrom(ours)
    if base is not None and hasattr(ours, "spec") and ours.spec == base.spec:
        merged.spec.CopyFrom(theirs.spec)
    if hasattr(getattr(ours, "meta", None), "materialization_intervals"):
        known = list(ours.meta.materialization_intervals)
        new = [interval for interval in theirs.meta.materialization_intervals if interval not in known]
        _put(merged.meta, "materialization_intervals", known + new)
    return merged


def _name(item: Any) -> Hashable:
    if hasattr(item, "feature_view_name"):
        return (item.project_id, item.feature_view_name, item.version_number)
    spec = getattr(item, "spec", item)
    return (getattr(spec, "project", ""), getattr(spec, "name", ""))


def _put(message: Any, field: str, items: list[Any]) -> None:
    copies = [type(item)() for item in items]
    for copy, item in zip(copies, items, strict=True):
        copy.CopyFrom(item)
    message.ClearField(field)
    getattr(message, field).extend(copies)


def _set(message: Any, field: str, value: Any) -> None:
    if hasattr(value, "CopyFrom"):
        getattr(message, field).CopyFrom(value)
    else:
        setattr(message, field, value)
