"""A door opens at once: what computes is imported by the command that needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("bentoml", "feast", "lightgbm", "matplotlib", "numpy", "pandas", "pyarrow", "sklearn", "xgboost")


@pytest.mark.parametrize(
    "modules",
    [
        "data.commands.cli",
        "training.commands.cli",
        "serving.commands.cli",
        # of `training show`, which needs pandas alone, to read the table of the arms
        "training.commands.tables, training.run_folder",
    ],
)
def test_a_door_opens_without_what_computes(modules: str) -> None:
    program = f"import sys, {modules}; print(*(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
