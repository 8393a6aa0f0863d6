from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.registration.provenance import provenance


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-config"))
    git(tmp_path, "init", "--quiet", "code")
    folder = tmp_path / "code"
    (folder / "a.py").write_text("a = 1\n")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=ann", "-c", "user.email=ann@example.org", "commit", "--quiet", "-m", "first")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_commit_and_whether_files_differ_from_it(repository: Path) -> None:
    clean = provenance(repository)
    assert clean.git_commit == git(repository, "rev-parse", "HEAD").strip()
    assert clean.git_changed is False
    (repository / "b.py").write_text("b = 2\n")
    assert provenance(repository).git_changed is True


def test_a_folder_in_somebody_elses_repository_has_no_commit(repository: Path) -> None:
    (repository / "inner").mkdir()
    told = provenance(repository / "inner")
    assert (told.git_commit, told.git_changed) == ("unknown", None)


def test_without_git_the_commit_is_unknown(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    told = provenance(repository)
    assert (told.git_commit, told.git_changed) == ("unknown", None)


def test_who_and_when(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    told = provenance(repository)
    assert told.registered_by == "ann"
    assert abs((datetime.now(UTC) - datetime.fromisoformat(told.registered_at)).total_seconds()) < 60
