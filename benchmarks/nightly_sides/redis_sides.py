"""Materialize to a Redis server of the side's own: the least, Feast's way, and ours."""

from __future__ import annotations

import atexit
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import limits
import numpy as np
import pyarrow as pa
import yaml

PROJECT = b"stayline"


def limit(lake: Path, folder: Path, date: str) -> Callable[[], int]:
    """The newest row of each view by its event, encoded by hand, sent in one pipeline."""
    from feast.infra.online_stores.helpers import _mmh3, _redis_key_prefix
    from redis import Redis

    host, port = server().split(":")
    client = Redis(host, int(port))
    prefix = _redis_key_prefix(["customerID"])

    def work() -> int:
        columns: list[Any] = []
        for view in limits.TTL:
            table = limits.newest(lake, view, date)
            keys = table["customerID"].to_pylist()
            for name in table.column_names:
                if name not in limits.CLOCKS:
                    columns += [repeat(_mmh3(f"{view}:{name}")), encoded(table[name])]
            columns += [repeat(f"_ts:{view}".encode()), stamps(table["event_timestamp"])]
        pipe = client.pipeline(transaction=False)
        for key, row in zip(keys, zip(*columns, strict=False), strict=True):  # all are in every view
            text = key.encode()
            pipe.execute_command("HSET", prefix + struct.pack("<II", 2, len(text)) + text + PROJECT, *row)
        return len(pipe.execute()) * len(limits.TTL)

    return work


def feast(lake: Path, folder: Path, date: str) -> Callable[[], int]:
    """Feast's `materialize`, one protobuf message a value."""
    store = applied(folder)
    end = datetime.fromisoformat(f"{date}T00:00:00+00:00")

    def work() -> int:
        store.materialize(end - timedelta(days=max(limits.TTL.values())), end)
        return -1

    return work


def ours(lake: Path, folder: Path, date: str) -> Callable[[], int]:
    """What `python -m serving materialize` calls."""
    applied(folder)
    from serving.features.materialize import materialize

    return lambda: sum(materialize(folder / "on-redis").customers.values())


def server() -> str:
    """Start a server that ends with this process; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ["redis-server", "--port", port, "--save", "", "--dir", tempfile.gettempdir()]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    atexit.register(started.terminate)
    assert started.stdout is not None
    if not any("Ready to accept connections" in line for line in started.stdout):
        raise SystemExit("redis-server did not start")
    return f"127.0.0.1:{port}"


def applied(folder: Path) -> Any:
    """The feature repository on a server, applied."""
    from feast import FeatureStore

    from feature_repo import definitions
    from feature_repo.paths import REPO

    repo = folder / "on-redis"
    repo.mkdir(exist_ok=True)
    settings = yaml.safe_load((REPO / "feature_store.yaml").read_text())
    settings["online_store"] = {"type": "redis", "connection_string": server()}
    (repo / "feature_store.yaml").write_text(yaml.safe_dump(settings))
    store = FeatureStore(repo_path=str(repo))
    store.apply([getattr(definitions, name) for name in definitions.__all__])
    return store


def encoded(column: pa.ChunkedArray) -> list[bytes]:
    """A column's values as protobuf messages: numbers from their bytes, all else once a distinct value."""
    if pa.types.is_floating(column.type):
        values = column.to_numpy()
        message = np.full((len(values), 9), 0x29, np.uint8)
        message[:, 1:] = values.view(np.uint8).reshape(-1, 8)
        rows: list[bytes] = message.view("V9").ravel().tolist()
        for place in np.flatnonzero(np.isnan(values)):
            rows[place] = b""
        return rows
    write = text_message if pa.types.is_string(column.type) else whole_message
    return each_once(column, write)


def stamps(column: pa.ChunkedArray) -> list[bytes]:
    """Moments as protobuf messages; those of the lake are whole seconds."""
    seconds = column.cast(pa.int64()).to_numpy() // 1_000_000
    return each_once(pa.chunked_array([seconds]), lambda moment: b"\x08" + varint(moment))


def each_once(column: pa.ChunkedArray, write: Callable[[Any], bytes]) -> list[bytes]:
    """Messages of a column, each distinct value written once."""
    texts = column.combine_chunks().dictionary_encode()
    messages = np.empty(len(texts.dictionary) + 1, dtype=object)
    messages[:] = [*map(write, texts.dictionary.to_pylist()), b""]
    return list(messages[texts.indices.fill_null(len(messages) - 1).to_numpy()].tolist())


def text_message(value: str) -> bytes:
    """A text as protobuf message."""
    return b"\x12" + varint(len(value.encode())) + value.encode()


def whole_message(value: int) -> bytes:
    """A whole number as protobuf message."""
    return b"\x20" + varint(value)


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    return bytes(_continued(value))


def _continued(value: int) -> Iterator[int]:
    rest = value % (1 << 64)
    while rest > 0x7F:
        yield rest & 0x7F | 0x80
        rest >>= 7
    yield rest
