from __future__ import annotations

import os
from pathlib import Path

import pytest

from feature_repo.files import file_state, replace_file, replacing


def test_a_file_that_is_not_there_has_no_state(tmp_path: Path) -> None:
    assert file_state(tmp_path / "nothing") is None


def test_a_file_that_cannot_be_looked_at_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        file_state(tmp_path / "file" / "below")


def test_the_state_stays_while_a_file_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = file_state(path)
    path.read_bytes()
    assert file_state(path) == before


def test_a_file_of_equal_size_and_time_that_was_replaced_has_another_state(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before, times = file_state(path), path.stat()
    replace_file(path, b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file_state(path) != before


def test_a_file_that_was_written_to_has_another_state(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = file_state(path)
    path.write_bytes(b"longer")
    assert file_state(path) != before


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as beside:
        beside.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_the_old_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as beside:
            beside.write_bytes(b"half")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_has_the_mode_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0o022)
    try:
        for mode, expected in ((0o600, 0o600), (0o666, 0o644)):
            replace_file(path, b"content", mode)
            assert path.stat().st_mode & 0o777 == expected
    finally:
        os.umask(before)
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_written_is_on_disk_before_it_takes_the_files_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append("fsync"), sync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda *paths: (steps.append("replace"), replace(*paths))[1])
    replace_file(tmp_path / "file", b"content")
    assert steps == ["fsync", "replace"]
