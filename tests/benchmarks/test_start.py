from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "benchmarks"
START = "import runpy, sys; sys.path[0] = sys.argv[1]; runpy.run_path(sys.argv[2])"


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_finds_all_that_it_imports(script: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(FOLDER), str(script)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", ["live_models", "online_reads", "precision_floor", "reasons"])
def test_the_package_goes_before_the_script_of_its_name(script: str) -> None:
    code = f"{START}; import serving; assert serving.__path__"
    path = str(FOLDER / f"{script}.py")
    done = subprocess.run([sys.executable, "-c", code, str(FOLDER), path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
