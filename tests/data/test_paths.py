from __future__ import annotations

from pathlib import Path

import pytest

from data.paths import ROOT, lake_path, truth_path


def test_defaults_lie_in_the_data_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAYLINE_LAKE", raising=False)
    monkeypatch.setenv("STAYLINE_TRUTH", "")
    assert lake_path() == ROOT / "data" / "lake"
    assert truth_path() == ROOT / "data" / "truth"


def test_the_environment_overrides_and_a_relative_path_becomes_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAYLINE_LAKE", "my/lake")
    monkeypatch.setenv("STAYLINE_TRUTH", "/somewhere/truth")
    assert lake_path() == tmp_path / "my" / "lake"
    assert truth_path() == Path("/somewhere/truth")
