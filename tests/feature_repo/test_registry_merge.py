from __future__ import annotations

import pytest
from feast.protos.feast.core.Registry_pb2 import Registry
from hypothesis import given
from hypothesis import strategies as st

from feature_repo.registry_merge import forget_other_base, merge


def registry(views: dict[str, str], intervals: dict[str, list[int]] | None = None) -> Registry:
    """Views by name with a description each, and the seconds at which they were materialized."""
    made = Registry(registry_schema_version="1", version_id="v")
    for name, description in views.items():
        view = made.feature_views.add()
        view.spec.name, view.spec.project, view.spec.description = name, "stayline", description
        for second in (intervals or {}).get(name, []):
            view.meta.materialization_intervals.add().end_time.seconds = second
    return made


def described(made: Registry) -> dict[str, str]:
    return {view.spec.name: view.spec.description for view in made.feature_views}


def materialized(made: Registry) -> dict[str, list[int]]:
    return {
        view.spec.name: [interval.end_time.seconds for interval in view.meta.materialization_intervals]
        for view in made.feature_views
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ({"a": "0", "b": "1"}, {"a": "0", "c": "1"}, {"a": "0", "b": "1", "c": "1"}),  # both add
        ({"a": "1"}, {"a": "0"}, {"a": "1"}),  # we change
        ({"a": "0"}, {"a": "2"}, {"a": "2"}),  # they change
        ({"a": "1"}, {"a": "2"}, {"a": "1"}),  # both change: ours
        ({}, {"a": "0"}, {}),  # we delete
        ({"a": "0"}, {}, {}),  # they delete
        ({"a": "1"}, {}, {}),  # they delete what we change
        ({}, {"a": "2"}, {}),  # we delete what they change
    ],
)
def test_each_side_keeps_what_it_did(
    ours: dict[str, str], theirs: dict[str, str], merged: dict[str, str]
) -> None:
    base = registry({"a": "0"})
    assert described(merge(base, registry(ours), registry(theirs))) == merged


def test_intervals_of_one_view_from_both_sides_are_kept() -> None:
    base = registry({"a": "0"}, {"a": [1]})
    ours = registry({"a": "0"}, {"a": [1, 2]})
    theirs = registry({"a": "0"}, {"a": [1, 3]})
    assert materialized(merge(base, ours, theirs)) == {"a": [1, 2, 3]}


def test_a_definition_changed_by_them_survives_our_materialization() -> None:
    base = registry({"a": "0"}, {"a": []})
    ours = registry({"a": "0"}, {"a": [2]})
    theirs = registry({"a": "new"}, {"a": [3]})
    merged = merge(base, ours, theirs)
    assert described(merged) == {"a": "new"}
    assert materialized(merged) == {"a": [2, 3]}


names = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("012"), max_size=4)


@given(base=names, changed=names)
def test_when_one_side_did_nothing_the_other_side_stands(
    base: dict[str, str], changed: dict[str, str]
) -> None:
    before, after = registry(base), registry(changed)
    assert described(merge(before, after, before)) == changed
    assert described(merge(before, before, after)) == changed


@given(base=names, ours=names, theirs=names)
def test_nothing_that_one_side_added_or_changed_alone_is_lost(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    merged = described(merge(registry(base), registry(ours), registry(theirs)))
    for name in "abcd":
        if ours.get(name) == base.get(name):
            assert merged.get(name) == theirs.get(name)
        elif theirs.get(name) == base.get(name):
            assert merged.get(name) == ours.get(name)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [("a", "a", [1]), ("a", "b", []), (None, "b", []), ("a", None, [1]), (None, None, [1])],
)
def test_another_base_forgets_what_was_materialized(
    before: str | None, after: str | None, kept: list[int]
) -> None:
    previous, current = registry({"v": "0"}, {"v": [1]}), registry({"v": "0"}, {"v": [1]})
    for made, base in ((previous, before), (current, after)):
        if base is not None:
            made.feature_views[0].spec.tags["base"] = base
    forget_other_base(current, previous)
    assert materialized(current) == {"v": kept}
