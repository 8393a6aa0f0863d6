from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import House, everyone

from feature_repo.applied import applied_path, read_services, view_document


def test_what_is_applied_is_told_beside_the_registry(house: House) -> None:
    house.write(everyone(["0001"]))
    definitions = house.definitions()
    house.apply(definitions)
    services = read_services(house.registry, "stayline")
    assert services is not None
    views = {view.name: view for view in vars(definitions).values() if hasattr(view, "batch_source")}
    for service in (each for each in vars(definitions).values() if hasattr(each, "feature_view_projections")):
        assert services[service.name] == [
            view_document(views[projection.name].with_projection(projection))
            for projection in service.feature_view_projections
        ]
    assert list(services) == ["churn_v1"]
    assert read_services(house.registry, "another") == {}


def test_what_is_told_of_another_registry_does_not_count(house: House) -> None:
    house.write(everyone(["0001"]))
    house.apply()
    house.registry.write_bytes(house.registry.read_bytes() + b"\0")
    assert read_services(house.registry, "stayline") is None


def test_what_is_damaged_says_so_until_it_is_applied_again(house: House) -> None:
    house.write(everyone(["0001"]))
    house.apply()
    path = applied_path(house.registry)
    content = path.read_bytes()
    for damaged in (content.replace(b"tenure", b"tenuse"), content[:-65], content[:-1], content[:100]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=f"{path} is damaged; run `feast -c feature_repo apply`"):
            read_services(house.registry, "stayline")
    house.apply()
    assert read_services(house.registry, "stayline") is not None


def test_without_either_file_nothing_is_told(tmp_path: Path) -> None:
    registry = tmp_path / "registry.db"
    assert read_services(registry, "stayline") is None
    registry.write_bytes(b"")
    assert read_services(registry, "stayline") is None
    registry.unlink()
    applied_path(registry).write_text(json.dumps({}))
    assert read_services(registry, "stayline") is None


def test_it_goes_with_the_registry(house: House) -> None:
    house.write(everyone(["0001"]))
    store = house.apply()
    assert applied_path(house.registry).is_file()
    store.teardown()  # Feast empties the registry and leaves the file
    assert read_services(house.registry, "stayline") == {}
    store.registry.teardown()
    assert not applied_path(house.registry).exists()
