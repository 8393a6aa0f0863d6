"""What `make install` compiles: what the commands import, and no more."""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest
from small_lakes import ROOT


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("byte_code", ROOT / "scripts" / "byte_code.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def libraries(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two libraries, one of which a room imports inside a function, beside one that is not installed."""
    for library in ("stayline_test_used", "stayline_test_unused"):
        (tmp_path / f"{library}.py").touch()
        monkeypatch.delitem(sys.modules, library, raising=False)
    late = "def late():\n    from stayline_test_used import name\n    import stayline_test_not_installed\n"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "show.py").write_text(late)
    monkeypatch.syspath_prepend(tmp_path)
    for name, value in {"ROOT": tmp_path, "PROGRAMS": (), "LOADED_BY_NAME": ()}.items():
        monkeypatch.setattr(script, name, value)
    return tmp_path


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_room_imports_is_compiled_unless_no_byte_code_is_wanted(
    wanted: bool, script: ModuleType, libraries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", not wanted)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    script.main()
    compiled = [path.name.partition(".")[0] for path in libraries.rglob("*.pyc")]
    assert compiled == (["stayline_test_used"] if wanted else [])


def test_the_rooms_import_what_they_import_late_as_well(script: ModuleType) -> None:
    found = script.imported_by(ROOT / "training") | script.imported_by(ROOT / "serving")
    assert {"training.pipeline", "serving.batch", "feast", "optuna", "matplotlib.figure", "pandas"} <= found


def test_what_is_named_is_there(script: ModuleType) -> None:
    programs = {one.name for one in entry_points(group="console_scripts")}
    assert set(script.PROGRAMS) <= programs
    assert all(map(importlib.util.find_spec, script.LOADED_BY_NAME))
