"""What docs/api.md says of endpoints and errors is what the service does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from serving.http.endpoints import PATHS
from serving.http.http_errors import STATUSES

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS)
def test_every_endpoint_is_documented(path: str) -> None:
    assert f"\n| `POST {path}` |" in PAGE


def test_every_error_code_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted((code, int(status)) for status, code in rows) == sorted(STATUSES.items())
