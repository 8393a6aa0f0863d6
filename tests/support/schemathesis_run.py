"""Schemathesis against a service that answers somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# No schema can say which changes are possible together: what-if refuses those that are not with 422.
SETTINGS = """
[[operations]]
include-path = "/what_if"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 404, 409, 422, 429, "5xx"]
"""


class Cases(NamedTuple):
    """How many cases there were."""

    made: int
    passed: int


def run_schemathesis(address: str, folder: Path, examples: int, *arguments: str) -> Cases:
    """Make requests from the OpenAPI document, and check each answer; its log lies in the folder."""
    (folder / "schemathesis.toml").write_text(SETTINGS)
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/docs.json"),
            *("--checks", "all", "--generation-deterministic", "--no-color"),
            *("--max-examples", str(examples), *arguments),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    (folder / "schemathesis.log").write_text(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unresolvable references" not in done.stdout
    told = re.search(r"Test cases:\s+([\d,]+) generated, ([\d,]+) passed", done.stdout)
    assert told is not None, done.stdout
    return Cases(*(int(figure.replace(",", "")) for figure in told.groups()))
