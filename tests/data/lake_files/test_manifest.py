from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from data.errors import LakeDamagedError, LakeMissingError
from data.lake_files.manifest import Edition, Facts, Manifest, Part, TableFacts, read_manifest

ONE_PART = TableFacts((Part(3, "ab"),))


def test_manifest_reads_back_what_it_wrote(facts: Facts) -> None:
    edition = Edition(facts.data_until, {"file": "a"}, {"billing": 3}, "ana")
    manifest = Manifest(facts, {"billing": ONE_PART}, (edition, edition))
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize(
    ("kind", "name"), [("simulated", "simulated"), ("history", "history"), ("snapshot", "telco")]
)
def test_a_manifest_of_the_first_format_is_a_base_of_one_edition(facts: Facts, kind: Any, name: str) -> None:
    former = json.loads(Manifest(replace(facts, kind=kind), {"billing": ONE_PART}).to_json())
    del former["name"], former["editions"]
    former |= {"format": 1, "tables": {"billing": {"rows": 3, "sha256": "ab"}}}
    manifest = Manifest.from_json(json.dumps(former))
    assert manifest.is_former
    assert manifest.tables == {"billing": ONE_PART}
    assert (manifest.facts.base, manifest.facts.name) == (facts.base, name)
    assert manifest.editions == (Edition(facts.data_until, facts.source, {"billing": 3}),)


def test_manifest_text_is_sorted_and_has_the_agreed_fields(facts: Facts) -> None:
    plain = json.loads(Manifest(facts, {"billing": ONE_PART}).to_json())
    assert plain == {
        "format": 3,
        "base": "simulated-tiny",
        "name": "simulated",
        "editions": [],
        "kind": "simulated",
        "labels": "events",
        "data_until": "2026-04-01T00:00:00Z",
        "tickets": True,
        "source": {"customers": 2},
        "tables": {"billing": [{"rows": 3, "sha256": "ab"}]},
    }
    assert list(plain) == sorted(plain)


def test_data_until_must_be_utc(facts: Facts) -> None:
    with pytest.raises(ValueError, match="UTC"):
        replace(facts, data_until=datetime(2026, 4, 1))
    with pytest.raises(ValueError, match="UTC"):
        replace(facts, data_until=datetime(2026, 4, 1, tzinfo=timezone(timedelta(hours=2))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 4}, "its format is 4"),
        ({"kind": "real"}, "kind is 'real'"),
        ({"labels": None}, "labels is None"),
        ({"tickets": "yes"}, "tickets is 'yes'"),
        ({"data_until": "yesterday"}, "yesterday"),
        ({"tables": {"billing": [{"rows": 1}]}}, "lacks 'sha256'"),
        ({"tables": [1]}, "wrong type"),
        ({"source": 3}, "wrong type"),
        ({"editions": [{}]}, "lacks 'rows'"),
        ({"editions": 3}, "wrong type"),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(
    facts: Facts, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    plain = {**json.loads(Manifest(facts).to_json()), **change}
    (tmp_path / "manifest.json").write_text(json.dumps(plain))
    with pytest.raises(LakeDamagedError, match=said) as caught:
        read_manifest(tmp_path)
    assert str(tmp_path / "manifest.json") in str(caught.value)
    assert "--replace" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\x00"])
def test_a_torn_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(LakeDamagedError, match=r"manifest\.json cannot be read"):
        read_manifest(tmp_path)


def test_no_folder_and_an_empty_folder_are_no_lake(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(LakeMissingError, match="python -m data load"):
            read_manifest(place)


def test_tables_without_manifest_are_damage(tmp_path: Path) -> None:
    (tmp_path / "billing.parquet").write_bytes(b"")
    with pytest.raises(LakeDamagedError, match=r"manifest\.json is missing"):
        read_manifest(tmp_path)
