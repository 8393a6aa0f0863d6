"""The page of results, and the bounds that `--check` holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from small_lakes import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from nightly_sides.results import broken, write_section  # noqa: E402


def test_a_section_is_renewed_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    for script, text in (("b.py", "earlier"), ("a.py", "1.00\n\n## no heading"), ("b.py", "later")):
        write_section(script, text, page)
    written = page.read_text()
    assert "earlier" not in written
    assert written.index("## `a.py`") < written.index("1.00\n\n## no heading") < written.index("later")
    assert written.count("## `b.py`") == 1
    write_section("b.py", "later", page)
    assert page.read_text() == written


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        ({"read": 1.5}, []),
        ({"read": 1.51}, ["read: 1.51 of the limit, at most 1.5 allowed"]),
        ({"read": float("nan")}, ["read: nan of the limit, at most 1.5 allowed"]),
        ({"write": 1.0}, ["read: not measured"]),
    ],
)
def test_a_broken_bound_is_named(measured: dict[str, float], told: list[str]) -> None:
    assert broken(measured, {"read": 1.5}) == told


def test_every_bound_of_the_night_is_of_one_of_its_paths() -> None:
    from nightly import PATHS

    bounds = json.loads((ROOT / "benchmarks" / "bounds.json").read_text())
    assert set(bounds) == set(PATHS)
