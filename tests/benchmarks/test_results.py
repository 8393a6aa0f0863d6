"""The page of results, and the bounds that `--check` holds."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from small_lakes import ROOT

FOLDER = ROOT / "benchmarks"
# By its path: on the path of imports the folder's `serving.py` would stand for the room.
_SPEC = spec_from_file_location("results", FOLDER / "nightly_sides" / "results.py")
assert _SPEC is not None
assert _SPEC.loader is not None
results = module_from_spec(_SPEC)
_SPEC.loader.exec_module(results)


def test_a_section_is_renewed_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    for script, text in (("b.py", "earlier"), ("a.py", "1.00\n\n## no heading"), ("b.py", "later")):
        results.write_section(script, text, page)
    written = page.read_text()
    assert "earlier" not in written
    assert written.index("## `a.py`") < written.index("1.00\n\n## no heading") < written.index("later")
    assert written.count("## `b.py`") == 1
    results.write_section("b.py", "later", page)
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
    assert results.broken(measured, {"read": 1.5}) == told


def test_every_bound_of_the_night_is_of_one_of_its_paths() -> None:
    bounds = json.loads((FOLDER / "bounds.json").read_text())
    script = (FOLDER / "nightly.py").read_text()
    paths = script[script.index("PATHS = {") : script.index("\n}")]
    assert len(bounds) == paths.count(": (")
    assert all(f'"{path}": (' in paths for path in bounds)
