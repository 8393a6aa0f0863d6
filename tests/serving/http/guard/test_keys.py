from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_lakes import ROOT

from serving.commands.cli import cli
from serving.errors import KeysError
from serving.http.guard.keys import KEYS_ENV, KeyRing, new_key, read_keys, revoke_key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 2
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_a_key_is_known_by_its_name_and_kept_as_a_hash(path: Path) -> None:
    key, other = new_key(path, "call-centre"), new_key(path, "crm")
    ring = KeyRing(path)
    assert ring.name_of(key.encode()) == "call-centre"
    assert ring.name_of(other.encode()) == "crm"
    assert key not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("wrong", [None, b"", b"stl_", b"\xff\x00", b"x" * 100_000])
def test_anything_else_is_nobodys(wrong: bytes | None, path: Path) -> None:
    key = new_key(path, "crm")
    ring = KeyRing(path)
    assert ring.name_of(wrong) is None
    assert ring.name_of(key[:-1].encode()) is None
    digest = read_keys(path)["crm"].hex()
    assert ring.name_of(digest.encode()) is None


def test_every_key_is_compared_in_constant_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [new_key(path, name) for name in ("a", "b", "c")]
    ring = KeyRing(path)
    compared: list[bytes] = []

    def compare(asked: bytes, digest: bytes) -> bool:
        compared.append(digest)
        return asked == digest

    monkeypatch.setattr("serving.http.guard.keys.hmac.compare_digest", compare)
    for key in (*keys, "nobody's"):
        compared.clear()
        ring.name_of(key.encode())
        assert compared == list(read_keys(path).values())


def test_keys_change_while_the_service_runs(path: Path) -> None:
    old = new_key(path, "old").encode()
    ring = KeyRing(path, Clock())
    new = new_key(path, "new").encode()
    assert (ring.name_of(old), ring.name_of(new)) == ("old", "new")
    revoke_key(path, "old")
    assert (ring.name_of(old), ring.name_of(new)) == (None, "new")
    revoke_key(path, "new")
    assert ring.name_of(new) is None


def test_the_file_is_looked_at_once_a_second_at_most(path: Path) -> None:
    new_key(path, "old")
    moment = [0.0]
    ring = KeyRing(path, lambda: moment[0])
    new = new_key(path, "new").encode()
    moment[0] = 0.9
    assert ring.name_of(new) is None
    moment[0] = 1.0
    assert ring.name_of(new) == "new"


@pytest.mark.parametrize("content", [None, b"crm\n", b"\xff\xfe"])
def test_a_file_that_breaks_leaves_the_keys_as_they_were(
    content: bytes | None, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = new_key(path, "crm").encode()
    ring = KeyRing(path, Clock())
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        assert [ring.name_of(key) for _ in range(3)] == ["crm"] * 3
    assert [record.getMessage()[:34] for record in caplog.records] == ["the API keys stay as they were: AP"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no key"),
        ("# nothing\n\n", "holds no key"),
        ("crm\n", "line 1: write a name and a sha256"),
        ("# one\ncrm " + "g" * 64, "line 2: write a name and a sha256"),
        (f"crm {'a' * 64}\ncrm {'b' * 64}\n", "line 2: the name crm is there already"),
    ],
)
def test_a_service_does_not_start_with_a_file_that_holds_no_keys(
    content: str, message: str, path: Path
) -> None:
    path.write_text(content)
    with pytest.raises(KeysError, match=message):
        KeyRing(path)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(KeysError, match="keys cannot be read"):
        KeyRing(path)


@pytest.mark.parametrize("name", ["", "a b", "a\n", "x" * 41, "ñ"])
def test_a_name_is_plain(name: str, path: Path) -> None:
    with pytest.raises(KeysError, match="a key's name"):
        new_key(path, name)
    assert not path.exists()


def test_the_commands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["keys", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    monkeypatch.setenv(KEYS_ENV, str(path))
    key = run("new", "crm").strip()
    assert KeyRing(path).name_of(key.encode()) == "crm"
    run("new", "call-centre")
    assert run("list").split() == ["crm", "call-centre"]
    run("revoke", "crm")
    assert run("list").split() == ["call-centre"]
    again = CliRunner().invoke(cli, ["keys", "revoke", "crm"])
    assert (again.exit_code, "has no key crm" in again.stderr) == (1, True)
    taken = CliRunner().invoke(cli, ["keys", "new", "call-centre"])
    assert (taken.exit_code, "already" in taken.stderr) == (1, True)


def test_of_a_file_without_keys_the_list_says_what_follows(path: Path) -> None:
    new_key(path, "crm")
    revoke_key(path, "crm")
    done = CliRunner().invoke(cli, ["keys", "list", "--file", str(path)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{path} has no key, and nobody is let in; make one with `new NAME`.\n"


def test_without_a_file_the_commands_say_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEYS_ENV, raising=False)
    done = CliRunner().invoke(cli, ["keys", "list"])
    assert (done.exit_code, KEYS_ENV in done.stderr) == (1, True)


def test_the_file_of_keys_that_the_readme_names_is_not_for_git() -> None:
    assert "export STAYLINE_API_KEYS=$PWD/keys\n" in (ROOT / "README.md").read_text()
    assert {"/keys", "/keys.lock"} <= set((ROOT / ".gitignore").read_text().splitlines())
