"""The reader on real stores: our own, Feast's SQLite store, one that answers as Redis does, and Redis."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from feast.infra.online_stores.helpers import _mmh3
from google.protobuf.timestamp_pb2 import Timestamp
from house import REPO, House, at, everyone, row
from other_stores import repo_on
from redis_server import redis_server

from serving.errors import StoreError
from serving.features.feast_reader import FeastReader, FeastStore
from serving.features.feature_status import Status, micros
from serving.features.materialize import materialize
from serving.features.online_features import OnlineStore
from serving.features.redis_reader import RedisReader
from serving.model.signature import Signature, signature_of

END = at("2026-01-01")
HISTORY = {
    **everyone(["whole", "null", "expired"], "2025-12-31"),
    "billing": [
        row("whole", "2025-11-30", tenure=7),
        row("whole", "2025-12-31", tenure=8, MonthlyCharges=70.35),
        row("null", "2025-12-31", tenure=3, MonthlyChargesChange3m=None),
        row("expired", "2025-10-31", tenure=5),
    ],
    "tickets": [row("whole", "2025-12-31", numTechTickets=2**53 + 1, numTechTickets1m=None)],
}
ASKED = ["whole", "nobody", "null", "expired", "whole"]


@pytest.fixture
def signature() -> Signature:
    """Two views in an order that is not theirs."""
    found = signature_of(
        names=["Contract", "tenure", "MonthlyCharges", "MonthlyChargesChange3m", "numTechTickets"]
    )
    return Signature(
        found.feature_service, found.fingerprint, tuple(reversed(found.features)), found.ttl_seconds
    )


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Callable[[], dict[str, Any]]]:
    """Starts a Redis server, on a socket of its own, when it is asked for."""
    with ExitStack() as servers:
        yield lambda: servers.enter_context(redis_server(tmp_path))


@pytest.fixture(params=["ours", "sqlite", "as redis", "redis"])
def repo(
    request: pytest.FixtureRequest, house: House, tmp_path: Path, redis: Callable[[], dict[str, Any]]
) -> Path:
    """A feature repository whose store holds HISTORY."""
    house.write(HISTORY)
    other = str(tmp_path / "other.db")
    stores: dict[str, Callable[[], dict[str, Any]]] = {
        "sqlite": lambda: {"type": "sqlite", "path": other},
        "as redis": lambda: {"type": "other_stores.ZeroStampOnlineStore", "path": other},
        "redis": redis,
    }
    name = request.param
    made = REPO if name == "ours" else repo_on(tmp_path / "repo", stores[name]())
    house.apply(repo=made).materialize(at("2025-10-01"), END)
    return made


def read(repo: Path, signature: Signature, now: datetime = END) -> list[Any]:
    return OnlineStore(repo).features(signature, now=lambda: now).read(ASKED)


def test_every_store_gives_the_same_values_statuses_and_moments(repo: Path, signature: Signature) -> None:
    whole, nobody, null, expired, again = read(repo, signature)
    assert list(whole.values) == list(signature.names), "the order is the signature's"
    assert whole.values == {
        "numTechTickets": 2**53 + 1,
        "MonthlyChargesChange3m": 0.0,
        "MonthlyCharges": 70.35,
        "tenure": 8,
        "Contract": "Month-to-month",
    }
    assert [type(value) for value in whole.values.values()] == [int, float, float, int, str]
    assert whole.statuses.not_present == {}
    assert whole.statuses.events == dict.fromkeys(
        ("tickets", "billing", "services"), micros(at("2025-12-31"))
    )
    assert again == whole

    assert nobody.statuses.not_present == dict.fromkeys(signature.names, Status.NOT_FOUND)
    assert set(nobody.values.values()) == {None}
    assert not nobody.statuses.known

    assert null.status("MonthlyChargesChange3m") is Status.NULL
    assert null.status("numTechTickets") is Status.NOT_FOUND
    assert null.values["tenure"] == 3

    assert expired.status("tenure") is Status.PRESENT, "62 days are not over yet"
    assert expired.values["tenure"] == 5


def test_every_store_gives_one_customer_as_among_others(repo: Path, signature: Signature) -> None:
    features = OnlineStore(repo).features(signature, now=lambda: END)
    assert [features.read_one(customer) for customer in ASKED] == list(features.read(ASKED))


def test_every_store_gives_expired_a_moment_after_the_ttl(repo: Path, signature: Signature) -> None:
    late = END.replace(microsecond=1)
    _, _, _, expired, _ = read(repo, signature, now=late)
    assert expired.status("tenure") is Status.EXPIRED
    assert expired.values["tenure"] is None
    assert expired.status("Contract") is Status.PRESENT
    assert expired.statuses.events["billing"] == micros(at("2025-10-31"))


def test_every_store_answers_a_strange_id_as_unknown(repo: Path, signature: Signature) -> None:
    strange = ["", "whole\0", "whole\0x", "\ud800", "é" * 1000, "'; DROP TABLE stayline_billing; --"]
    reader = OnlineStore(repo).features(signature, now=lambda: END)
    for customer in strange:
        (alone,) = reader.read([customer])
        assert not alone.statuses.known
        assert reader.read_one(customer) == alone
    assert not any(features.statuses.known for features in reader.read(strange))
    assert reader.read(["whole"])[0].statuses.known
    assert list(reader.read([])) == []


def test_a_store_that_fails_is_a_store_error(house: House, tmp_path: Path, signature: Signature) -> None:
    house.write(HISTORY)
    repo = repo_on(tmp_path / "repo", {"type": "sqlite", "path": str(tmp_path / "other.db")})
    with pytest.raises(StoreError, match=r"online store \(sqlite\) cannot be read: no such table"):
        read(repo, signature)


@pytest.mark.parametrize("text", ["", "project: stayline\n", "online_store: sqlite\n"])
def test_a_configuration_that_names_no_store_is_named(
    tmp_path: Path, signature: Signature, text: str
) -> None:
    (tmp_path / "feature_store.yaml").write_text(text)
    with pytest.raises(StoreError, match="feature_store.yaml does not say where the online store is"):
        OnlineStore(tmp_path).features(signature)


def test_a_relative_path_in_the_environment_is_a_store_error(
    monkeypatch: pytest.MonkeyPatch, signature: Signature
) -> None:
    monkeypatch.setenv("STAYLINE_ONLINE_STORE", "online.db")
    with pytest.raises(StoreError, match="give an absolute path"):
        OnlineStore().features(signature)


def test_our_store_knows_its_base_and_another_only_after_it_was_materialized_by_us(
    repo: Path, signature: Signature, request: pytest.FixtureRequest
) -> None:
    reader = OnlineStore(repo).features(signature)
    if "ours" not in request.node.name:
        with pytest.raises(StoreError, match="does not say which base it holds"):
            reader.base()
        materialize(repo, END, now=lambda: END)
    assert reader.base() == "base-a"


def test_reading_our_own_store_does_not_import_feast(house: House) -> None:
    """Importing Feast takes seconds, and a server starts many processes."""
    house.write(HISTORY)
    house.apply().materialize(at("2025-10-01"), END)
    signature = signature_of(names=["tenure"]).to_json()
    script = f"""
import sys
from serving.features.feature_status import micros
from serving.features.online_features import OnlineStore
from serving.model.signature import Signature
(features,) = OnlineStore().features(Signature.from_json({signature!r})).read(["whole"])
assert features.statuses.known
assert "feast" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_reading_another_store_needs_no_offline_store_and_no_registry(house: House, tmp_path: Path) -> None:
    """Where a model is only served, DuckDB and ibis are not installed and no registry lies."""
    house.write(HISTORY)
    repo = repo_on(tmp_path / "repo", {"type": "sqlite", "path": str(tmp_path / "other.db")})
    house.apply(repo=repo).materialize(at("2025-10-01"), END)
    house.registry.unlink()
    script = f"""
import sys
sys.modules["duckdb"] = sys.modules["ibis"] = None
from pathlib import Path
from serving.features.feature_status import micros
from serving.features.online_features import OnlineStore
from serving.model.signature import signature_of
reader = OnlineStore(Path({str(repo)!r})).features(signature_of(names=["Contract"]))
assert reader.read(["whole"])[0].values == {{"Contract": "Month-to-month"}}
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not house.registry.exists()


@pytest.fixture
def on_redis(
    redis: Callable[[], dict[str, Any]], house: House, tmp_path: Path
) -> tuple[Path, dict[str, Any]]:
    """A repository whose store is a filled Redis, and what it says of the store."""
    house.write(HISTORY)
    store = redis()
    repo = repo_on(tmp_path / "repo", store)
    house.apply(repo=repo).materialize(at("2025-10-01"), END)
    return repo, store


def test_one_command_a_customer_reads_of_redis_what_feast_reads(
    on_redis: tuple[Path, dict[str, Any]], signature: Signature
) -> None:
    repo, store = on_redis
    settings = {**yaml.safe_load((repo / "feature_store.yaml").read_text()), "online_store": store}
    asked = [*ASKED, "", "\ud800"]
    for seen in (signature, signature_of()):
        ours, feasts = (kind(FeastStore.open(repo, settings), seen) for kind in (RedisReader, FeastReader))
        assert ours.read(asked) == feasts.read(asked)


DAMAGED = [
    ("billing", b"_ts:billing", b"\x08"),  # cut short
    ("billing", b"_ts:billing", Timestamp(seconds=10**12).SerializeToString()),  # in no year
    ("services", _mmh3("services:Contract"), b"\x12\x02N"),  # cut short
    ("services", _mmh3("services:Contract"), b"\x0a\x02No"),  # one bit is wrong: bytes and not a text
]


def test_a_damaged_value_in_redis_is_a_store_error_and_the_cure_it_names_helps(
    on_redis: tuple[Path, dict[str, Any]], house: House, signature: Signature
) -> None:
    repo, store = on_redis
    right = list(read(repo, signature))
    with import_module("redis").from_url(f"redis://{store['connection_string']}") as client:
        key = next(key for key in client.scan_iter() if b"whole" in key)
        for view, field, damaged in DAMAGED:
            held = client.hget(key, field)
            client.hset(key, field, damaged)
            wrong = rf"View '{view}' of the online store \(redis\) holds what cannot be read: .*; run `feast"
            with pytest.raises(StoreError, match=wrong):
                read(repo, signature)
            client.hset(key, field, held)
            assert list(read(repo, signature)) == right
        client.hset(key, field, damaged)
    house.store(repo).teardown()
    house.apply(repo=repo).materialize(at("2025-10-01"), END)
    assert list(read(repo, signature)) == right


def test_a_row_of_the_wrong_kind_in_redis_is_told_without_the_customer(
    on_redis: tuple[Path, dict[str, Any]], signature: Signature
) -> None:
    repo, store = on_redis
    with import_module("redis").from_url(f"redis://{store['connection_string']}") as client:
        key = next(key for key in client.scan_iter() if b"whole" in key)
        client.set(key, "Female")
    settings = {**yaml.safe_load((repo / "feature_store.yaml").read_text()), "online_store": store}
    for kind in (RedisReader, FeastReader):
        with pytest.raises(
            StoreError, match=r"cannot be read: redis.exceptions.ResponseError WRONGTYPE;"
        ) as caught:
            kind(FeastStore.open(repo, settings), signature).read(ASKED)
        assert not {"whole", "HMGET", "customerID"} & set(re.findall(r"\w+", str(caught.value)))


@pytest.mark.parametrize("silent", [True, False])
def test_a_redis_that_is_dead_or_silent_is_a_store_error(
    tmp_path: Path, signature: Signature, silent: bool
) -> None:
    pytest.importorskip("redis")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if silent:
            server.listen()
        where = f"127.0.0.1:{server.getsockname()[1]}"
        options = "retry=null,socket_timeout=0.05,socket_connect_timeout=0.05"
        repo = repo_on(tmp_path / "repo", {"type": "redis", "connection_string": f"{where},{options}"})
        with pytest.raises(StoreError, match=r"online store \(redis\) cannot be read"):
            read(repo, signature)
