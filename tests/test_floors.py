"""In every room, no module imports one of a higher floor; the floors stand in `docs/architecture.md`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
ROOMS = ("data", "feature_repo", "training", "serving")
MOST_FILES = 20
"""Of a folder; a longer list is not read."""


def floors_of(page: str) -> dict[str, list[set[str]]]:
    """By folder, its floors from the ground up: a part may import what stands on a lower floor, or itself."""
    rows = re.findall(r"^\| `([\w/]+)` \| (`.* → .*`) \|$", page, re.MULTILINE)
    return {folder: [set(re.findall(r"`(\w+)`", floor)) for floor in row.split("→")] for folder, row in rows}


FLOORS = floors_of(PAGE.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it, as a type only or for real."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def arrows(folder: Path, package: str) -> Iterator[tuple[Path, str, str]]:
    """Each import inside a package between two of its parts: the module, its part, and the part imported."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if parts[0] in ("__init__", "data", "runs"):
            continue
        for name in imports(path):
            if name.startswith(f"{package}.") and (to := name.split(".")[package.count(".") + 1]) != parts[0]:
                yield path, parts[0], to


def against_the_order(folder: Path, package: str, floors: list[set[str]]) -> list[str]:
    floor = {part: number for number, parts in enumerate(floors) for part in parts}
    return [
        f"{path.relative_to(ROOT)} ({package}.{part}) imports {package}.{to}"
        for path, part, to in arrows(folder, package)
        if floor[part] <= floor[to]
    ]


def parts_of(folder: Path) -> set[str]:
    modules = {path.stem for path in folder.glob("*.py")}
    return {*modules, *(path.name for path in folder.iterdir() if any(path.rglob("*.py")))} - {"__init__"}


@pytest.mark.parametrize("folder", FLOORS)
def test_no_import_runs_back_up(folder: str) -> None:
    assert against_the_order(ROOT / folder, folder.replace("/", "."), FLOORS[folder]) == []


@pytest.mark.parametrize("folder", FLOORS)
def test_every_part_of_a_folder_has_its_floor(folder: str) -> None:
    placed = [part for floor in FLOORS[folder] for part in floor]
    assert sorted(placed) == sorted(parts_of(ROOT / folder))


def test_every_room_has_its_floors() -> None:
    assert set(FLOORS) >= set(ROOMS)


def test_an_import_that_runs_back_up_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    room = tmp_path / "serving"
    (room / "model").mkdir(parents=True)
    (room / "model" / "scorer.py").write_text("def late():\n    from serving.http.guard import Guard\n")
    (room / "http.py").write_text("from serving.model import scorer\nfrom serving import http\n")
    assert against_the_order(room, "serving", FLOORS["serving"]) == [
        "serving/model/scorer.py (serving.model) imports serving.http"
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_no_folder_holds_more_files_than_a_reader_looks_through(room: str) -> None:
    folders = {path.parent for path in (ROOT / room).rglob("*.py")}
    assert [str(folder) for folder in folders if len(list(folder.glob("*.py"))) > MOST_FILES] == []


def test_no_code_lies_where_a_run_writes() -> None:
    """`make clean` removes these folders, and a lake is written over nothing but a lake."""
    written = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line[:1] == "/"]
    assert "data/lake" in written
    assert [str(path) for folder in written for path in ROOT.glob(f"{folder}/**/*.py")] == []
