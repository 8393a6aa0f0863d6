from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.repo_config import RegistryConfig
from house import House, at, everyone

from feature_repo.errors import RegistryError
from feature_repo.registry_store import AtomicFileRegistryStore

WRITER = """
import sys
from pathlib import Path
from feast import Entity
from feast.infra.registry.registry import Registry
from feast.repo_config import RegistryConfig
path, name = sys.argv[1], sys.argv[2]
config = RegistryConfig(
    path=path, registry_store_type="feature_repo.registry_store.AtomicFileRegistryStore"
)
registry = Registry("stayline", config, Path("/"))
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    registry.apply_entity(Entity(name=f"{name}{number}"), "stayline")
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("STAYLINE_REGISTRY", raising=False)
    return tmp_path / "state" / "registry.db"


def opened(path: Path) -> AtomicFileRegistryStore:
    return AtomicFileRegistryStore(RegistryConfig(path=str(path)), path.parent)


def added(store: AtomicFileRegistryStore, name: str) -> Registry:
    try:
        registry = store.get_registry_proto()
    except FileNotFoundError:
        registry = Registry()
    registry.entities.add().spec.name = name
    return registry


def names(path: Path) -> set[str]:
    return {entity.spec.name for entity in opened(path).get_registry_proto().entities}


def test_no_file_is_said_to_be_no_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `feast apply`"):
        opened(path).get_registry_proto()


def test_what_is_written_is_read(path: Path) -> None:
    store = opened(path)
    store.update_registry_proto(added(store, "customer"))
    assert names(path) == {"customer"}


def test_two_stale_copies_both_keep_their_changes(path: Path) -> None:
    first, second = opened(path), opened(path)
    ours, theirs = added(first, "a"), added(second, "b")
    first.update_registry_proto(ours)
    second.update_registry_proto(theirs)
    assert names(path) == {"a", "b"}
    assert {entity.spec.name for entity in theirs.entities} == {"a", "b"}, (
        "Feast's copy goes on from the merged one"
    )


def test_a_copy_that_is_not_the_last_one_read_is_refused(path: Path) -> None:
    store = opened(path)
    store.update_registry_proto(added(store, "a"))
    stale = store.get_registry_proto()
    store.update_registry_proto(added(store, "b"))
    with pytest.raises(RegistryError, match="run the command again"):
        store.update_registry_proto(stale)


@pytest.mark.parametrize("content", [b"", b"\x0a\xff\xff", b"no registry at all"])
def test_a_damaged_file_is_an_error_and_never_an_empty_registry(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RegistryError, match=f"{path} is .*run `feast apply`"):
        opened(path).get_registry_proto()


@pytest.mark.parametrize("change", [(b"customer", b"consumer"), (b"\xc2\xa9\x07", b"\xc2\xa9\x06")])
def test_a_damaged_registry_is_refused_and_applied_again_once_it_is_moved_away(
    house: House, change: tuple[bytes, bytes]
) -> None:
    house.write(everyone(["A"]))
    feast = house.apply()
    feast.materialize(at("2025-12-01"), at("2026-01-01"))
    content = house.registry.read_bytes()
    house.registry.write_bytes(content.replace(*change))
    assert house.registry.read_bytes() != content
    with pytest.raises(RegistryError, match="registry.db is .*; move it away and run `feast apply`"):
        house.apply()
    house.registry.rename(house.registry.with_suffix(".damaged"))
    answer = house.apply().get_online_features(["billing:tenure"], [{"customerID": "A"}]).to_dict()
    assert answer["tenure"] == [0], "the online store keeps its rows"


@pytest.mark.parametrize("version", ["0.2", "sealed-0.2"])
def test_a_registry_without_a_seal_is_read_unless_it_says_that_it_has_one(path: Path, version: str) -> None:
    registry = Registry(version_id=version)
    registry.entities.add().spec.name = "customer"
    path.parent.mkdir()
    path.write_bytes(registry.SerializeToString())
    if version == "0.2":
        assert names(path) == {"customer"}
    else:
        with pytest.raises(RegistryError, match="is damaged"):
            names(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(path)
    store.update_registry_proto(added(store, "a"))

    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("feature_repo.registry_store.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.update_registry_proto(added(store, "b"))
    monkeypatch.undo()
    assert names(path) == {"a"}
    kept = {"registry.db", "registry.db.lock", "registry.db.services.json"}
    assert {file.name for file in path.parent.iterdir()} == kept


def test_teardown_removes_the_file(path: Path) -> None:
    store = opened(path)
    store.update_registry_proto(added(store, "a"))
    store.teardown()
    assert not path.exists()
    store.update_registry_proto(added(store, "b"))
    assert names(path) == {"b"}


def test_the_environment_says_where_it_lies(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_REGISTRY", str(path))
    store = AtomicFileRegistryStore(RegistryConfig(path="data/registry.db"), Path("/nowhere"))
    store.update_registry_proto(added(store, "a"))
    assert names(path) == {"a"}


@pytest.mark.slow
def test_processes_that_write_at_the_same_time_lose_nothing_and_no_reader_sees_an_empty_registry(
    path: Path,
) -> None:
    store = opened(path)
    store.update_registry_proto(added(store, "first"))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    while any(writer.poll() is None for writer in writers):
        assert "first" in names(path)
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    expected = {f"{name}{number}" for name in "abc" for number in range(5)}
    assert names(path) == {"first"} | expected


def test_two_feature_stores_that_overlap_lose_neither_an_apply_nor_a_watermark(house: House) -> None:
    house.write(everyone(["A"]))
    definitions = house.definitions()
    materializing = house.apply(definitions)
    view = materializing.get_feature_view("billing")
    applying = house.store()
    applying.apply([definitions.customer])
    for day in (1, 2):
        end = materializing.get_feature_view("billing").created_timestamp.replace(year=2025, day=day)
        materializing.registry.apply_materialization(view, "stayline", end, end)
    seen = house.store()
    assert len(seen.get_feature_view("billing").materialization_intervals) == 2
    assert seen.get_feature_service("churn_v1").name == "churn_v1"
