from __future__ import annotations

from pathlib import Path

import pytest

from feature_repo.errors import SettingError
from feature_repo.paths import REGISTRY_ENV, REPO, lake_dir, state_path


def test_paths_lie_below_the_repository_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAYLINE_LAKE", raising=False)
    monkeypatch.delenv(REGISTRY_ENV, raising=False)
    assert lake_dir() == REPO.parent / "data" / "lake"
    assert state_path(REGISTRY_ENV, "data/registry.db", REPO) == REPO / "data" / "registry.db"


def test_the_environment_overrides_and_empty_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REGISTRY_ENV, "/elsewhere/registry.db")
    assert state_path(REGISTRY_ENV, "data/registry.db", REPO) == Path("/elsewhere/registry.db")
    monkeypatch.setenv(REGISTRY_ENV, "")
    assert state_path(REGISTRY_ENV, "data/registry.db", REPO) == REPO / "data" / "registry.db"


def test_a_relative_path_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_LAKE", "data/other")
    with pytest.raises(SettingError, match="STAYLINE_LAKE is 'data/other'; give an absolute path"):
        lake_dir()


def test_an_absolute_configured_path_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REGISTRY_ENV, raising=False)
    assert state_path(REGISTRY_ENV, "/srv/registry.db", REPO) == Path("/srv/registry.db")
