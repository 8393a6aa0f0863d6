from __future__ import annotations

from pathlib import Path

import pytest
from house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A lake, a registry and an online store of the test's own; nothing lies there yet."""
    return House(tmp_path, monkeypatch)
