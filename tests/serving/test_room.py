from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2] / "serving"
MODULES = sorted(str(path.relative_to(ROOM)) for path in ROOM.rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_serving_knows_no_other_room_and_no_training_library(module: str) -> None:
    names = set(imported((ROOM / module).read_text(encoding="utf-8")))
    assert not names & {"data", "training", "imblearn", "duckdb", "pandera", "pickle", "cloudpickle"}


def test_the_service_starts_without_feast_and_with_one_classifiers_library() -> None:
    """Feast takes two seconds to import; the hot path reads native rows without it."""
    program = (
        "import sys, serving.http.api, serving.http.guard.guard, serving.registry.model_files;"
        "import serving.features.online_features;"
        "print(*({'feast', 'duckdb', 'lightgbm', 'xgboost', 'sklearn', 'skops'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_commands_of_the_registry_start_without_what_computes() -> None:
    program = (
        "import sys, serving.commands.model_tables, serving.registry.models, serving.registry.promotion;"
        "import serving.registry.retention, serving.registry.transfer;"
        "print(*({'feast', 'numpy', 'pandas', 'scipy', 'sklearn', 'xgboost'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
