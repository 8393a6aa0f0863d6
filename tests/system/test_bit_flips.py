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
from house import House, at, everyone

from feature_repo.errors import FeatureRepoError
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore
from serving.errors import ServingError
from serving.features.materialize import materialize
from serving.features.online_features import OnlineStore
from serving.model.signature import signature_of

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
        single = [answer(lambda one: list(features.read([one])), customer) for customer in ASKED]
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
