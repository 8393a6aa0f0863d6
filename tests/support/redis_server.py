"""A Redis server of a test's own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def redis_server(folder: Path) -> Iterator[dict[str, Any]]:
    """Start a server on a free port, and yield it as an `online_store` of `feature_store.yaml`."""
    if find_spec("redis") is None or shutil.which("redis-server") is None:
        pytest.skip("the redis package or redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = subprocess.Popen(
        ["redis-server", "--port", port, "--save", ""], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        yield {"type": "redis", "connection_string": f"localhost:{port}"}
    finally:
        server.terminate()
        server.communicate()


def flush(store: dict[str, Any]) -> None:
    """Empty a server, as `FLUSHALL` does."""
    with client(store) as opened:
        opened.flushall()


def client(store: dict[str, Any]) -> Any:
    from redis import Redis

    return Redis.from_url(f"redis://{store['connection_string']}")
