"""Write the byte code of what the commands import, so that the first start is not the slowest.

python scripts/byte_code.py

It imports whatever the modules of the four rooms import, inside functions too, and the programs `feast` and
`bentoml`. Python writes the byte code of every file that it reads on the way, and of no other: most of the
environment is never imported. With PYTHONDONTWRITEBYTECODE set, no byte code is wanted, and nothing is done.
"""

from __future__ import annotations

import ast
import importlib
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from feature_repo.feast_import import check_constructors_only

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "feature_repo", "training", "serving")
PROGRAMS = ("bentoml", "feast")
LOADED_BY_NAME = (
    "ibis.backends.duckdb",
    "_bentoml_impl.worker.service",  # `bentoml serve` starts its workers with `python -m`
)
"""What no import statement of the rooms or of the programs leads to."""


def imported_by(folder: Path) -> set[str]:
    """Names of the modules that the files below a folder import, wherever in them."""
    return {name for path in folder.rglob("*.py") for name in _imports(path)}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def main() -> None:
    """Import all of it, unless no byte code is wanted."""
    if sys.dont_write_bytecode:
        return
    warnings.simplefilter("ignore")
    check_constructors_only()
    programs = {one.module for one in entry_points(group="console_scripts") if one.name in PROGRAMS}
    for name in sorted(programs.union(LOADED_BY_NAME, *(imported_by(ROOT / room) for room in ROOMS))):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            continue  # an extra that is not installed, or a module of types that only mypy reads


if __name__ == "__main__":
    main()
