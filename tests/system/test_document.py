"""The OpenAPI document, against the real process with BentoML's own layers and pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from schemathesis_run import run_schemathesis
from server import Server

pytestmark = pytest.mark.slow
CASES = 400


def test_the_document_tells_the_truth(server: Server, tmp_path: Path) -> None:
    made, passed = run_schemathesis(f"http://127.0.0.1:{server.port}", tmp_path, 10)
    assert made == passed >= CASES
    assert "Traceback" not in server.log.read_text()
