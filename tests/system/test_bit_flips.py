"""One bit of a file at rest is turned: whoever reads the file gets what was written, or an error."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from drills import LONG
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import RegistryConfig
from house import House, at, everyone
from small_models import register_whole_model

from feature_repo.applied import applied_path
from feature_repo.errors import FeatureRepoError
from feature_repo.registry_store import AtomicFileRegistryStore
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore
from serving.errors import MaterializeError, ServingError
from serving.features.materialize import materialize
from serving.features.online_features import OnlineStore
from serving.model.signature import signature_of
from serving.registry import decisions, pointers
from serving.registry.applied import Applied, Comparison

pytestmark = [pytest.mark.slow, pytest.mark.drill]
FLIPS = 300 if LONG else 60
SEED = 12
NOW = at("2026-01-02")
CUSTOMERS = [f"{number:04d}-ABC" for number in range(300)]
ASKED = [*CUSTOMERS, "0300-ABC", "nobody"]


def answer(read: Callable[..., Any], *asked: Any) -> Any:
    """What a read says, or None for an error that was raised on purpose."""
    try:
        return read(*asked)
    except (ServingError, FeatureRepoError):
        return None


def turn_bits(path: Path, ask: Callable[[], Sequence[Any]]) -> None:
    """Turn one bit of a file, again and again: each answer must be the first one, or None for an error."""
    content, whole = path.read_bytes(), ask()
    assert None not in whole
    chance, errors, silent = random.Random(SEED), 0, []
    for _ in range(FLIPS):
        byte, bit = chance.randrange(len(content)), chance.randrange(8)
        path.write_bytes(content[:byte] + bytes([content[byte] ^ 1 << bit]) + content[byte + 1 :])
        answers = ask()
        errors += None in answers
        if any(now is not None and now != before for now, before in zip(answers, whole, strict=True)):
            silent.append((byte, bit))
    path.write_bytes(content)
    assert silent == [], f"{len(silent)} of {FLIPS} flips were read as something else, {errors} were errors"
    assert errors


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A store of 300 customers, of whom every second has no row in one view."""
    made = House(tmp_path, monkeypatch)
    rows = everyone(CUSTOMERS)
    made.write({**rows, "tickets": rows["tickets"][::2]})
    made.apply()
    materialize(now=lambda: NOW)
    return made


def forget_log(database: Path) -> None:
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)


def test_the_service_reads_rows_as_they_were_written_or_not_at_all(house: House) -> None:
    def ask() -> list[Any]:
        forget_log(house.database)
        features = OnlineStore().features(signature_of(), expected_base="base-a", now=lambda: NOW)
        single = [answer(lambda one: [features.read_one(one)], customer) for customer in ASKED]
        return [answer(lambda: list(features.read(ASKED))), *single]

    turn_bits(house.database, ask)


def test_feast_reads_rows_as_they_were_written_or_not_at_all(house: House) -> None:
    feast = house.store()
    keys = [EntityKey(join_keys=["customerID"], entity_values=[Value(string_val=one)]) for one in ASKED]

    def ask() -> list[Any]:
        forget_log(house.database)
        online = WideRowSqliteOnlineStore()
        views = [feast.get_feature_view(name) for name in ("billing", "services", "tickets")]
        read = [answer(online.online_read, feast.config, view, keys) for view in views]
        if online._connections is not None:
            online._connections.close()
        return read

    turn_bits(house.database, ask)


def test_materialize_mends_the_store_or_says_how(house: House) -> None:
    content = house.database.read_bytes()
    read = OnlineStore().features(signature_of(), expected_base="base-a", now=lambda: NOW).read
    whole, chance, mended = list(read(ASKED)), random.Random(SEED), 0
    for _ in range(FLIPS // 6):
        forget_log(house.database)
        house.database.unlink()  # connections of the run before keep theirs
        byte, bit = chance.randrange(len(content)), chance.randrange(8)
        house.database.write_bytes(content[:byte] + bytes([content[byte] ^ 1 << bit]) + content[byte + 1 :])
        damaged = answer(lambda: list(read(ASKED))) is None
        try:
            materialize(now=lambda: NOW)
        except MaterializeError as error:
            assert "remove its file" in str(error)  # noqa: PT017  # either is right
            continue
        assert list(read(ASKED)) == whole
        mended += damaged
    assert mended


@pytest.mark.parametrize("file", ["model.yaml", "model.yaml.sha256"])
@pytest.mark.parametrize("kind", [pointers.POINTER_NAME, pointers.CHALLENGER_NAME])
def test_a_decision_is_read_as_it_was_made_or_named(kind: str, file: str, model_store: Path) -> None:
    tags = [register_whole_model("base-a") for _ in range(3)]
    for tag in tags[:2]:
        decisions.promote(tag, "ann", "the better one")
    decisions.challenge(tags[2], "ann", "cheaper", "split", 0.25)

    def ask() -> list[Any]:
        made, unreadable = pointers.history()
        # The decision before counts; /readyz, `models history` and batch scoring name this one.
        return [None if unreadable else (made, pointers.champion(), pointers.challenger())]

    turn_bits(model_store / kind / f"{max(pointers._numbers(kind)):06d}" / file, ask)


def test_the_registry_is_read_as_it_was_applied_or_not_at_all(house: House) -> None:
    config = RegistryConfig(path=str(house.registry))

    def definitions() -> bytes:
        registry = AtomicFileRegistryStore(config, house.registry.parent).get_registry_proto()
        registry.ClearField("version_id")
        registry.DiscardUnknownFields()
        return bytes(registry.SerializeToString(deterministic=True))

    turn_bits(house.registry, lambda: [answer(definitions), compared()])


def test_what_is_applied_is_read_as_it_was_written_or_not_at_all(house: House) -> None:
    turn_bits(applied_path(house.registry), lambda: [compared()])


def compared() -> Comparison | None:
    """What a service says of the applied feature services, or None where it says that it cannot know."""
    found = Applied().compare(signature_of())
    return None if found.unknown else found
