from __future__ import annotations

from pathlib import Path

import pytest
from file_modes import mode

from feature_repo import files as repo_files
from feature_repo.files import private_file, private_folder, private_place


def test_a_new_file_and_folder_are_their_owners_alone(umask: int, tmp_path: Path) -> None:
    private_folder(tmp_path / "above" / "folder")
    private_file(tmp_path / "file")
    assert mode(tmp_path / "above") == 0o777 & ~umask
    assert mode(tmp_path / "above" / "folder") == 0o700
    assert mode(tmp_path / "file") == 0o600


def test_what_is_there_is_tightened_and_kept(umask: int, tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", tmp_path / "folder" / "file"
    folder.mkdir()
    folder.chmod(0o755)
    file.write_text("content")
    file.chmod(0o664)
    private_folder(folder)
    private_file(file)
    assert (mode(folder), mode(file), file.read_text()) == (0o700, 0o600, "content")


def test_a_folder_that_somebody_names_stays_as_it_is_and_the_projects_own_is_tightened(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("named", "own"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(repo_files, "STATE_FOLDERS", (tmp_path / "own",))
    for name in ("named", "own", "new"):
        private_place(tmp_path / name / "file")
    assert [mode(tmp_path / name) for name in ("named", "own", "new")] == [0o755, 0o700, 0o700]
