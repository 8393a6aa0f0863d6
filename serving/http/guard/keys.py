"""API keys: a file of names and sha256 checksums, and the `KeyRing` of a running service.

A key is 256 random bits and cannot be guessed, so one round of sha256 is enough to protect it at rest.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from feature_repo.file_lock import file_lock
from feature_repo.files import FileState, file_state, replace_file
from serving.errors import KeysError

logger = logging.getLogger("bentoml.stayline.keys")

KEYS_ENV = "STAYLINE_API_KEYS"
LOOK_SECONDS = 1.0
"""Shortest time between two checks of whether the file has changed."""
_LINE = re.compile(r"(?P<name>[A-Za-z0-9_.-]{1,40})\s+(?P<digest>[0-9a-f]{64})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_HEAD = "# API keys: name and sha256, one a line. Change it with `python -m serving keys`.\n"


def keys_path(configured: Path | None) -> Path | None:
    """The file of keys: the one that STAYLINE_API_KEYS names, or else the one in the settings."""
    named = os.environ.get(KEYS_ENV)
    return Path(named) if named else configured


def read_keys(path: Path) -> dict[str, bytes]:
    """Digests of the keys by their names.

    Raises
    ------
    KeysError
        If the file cannot be read, a line is not a name and a sha256, or a name occurs twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(
            f"API keys file {path} cannot be read ({error}); make one with `python -m serving keys new NAME`"
        ) from error
    keys: dict[str, bytes] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise KeysError(
                f"API keys file {path}, line {number}: write a name and a sha256 of 64 hex digits"
            )
        if match["name"] in keys:
            raise KeysError(f"API keys file {path}, line {number}: the name {match['name']} is there already")
        keys[match["name"]] = bytes.fromhex(match["digest"])
    return keys


def new_key(path: Path, name: str) -> str:
    """Make a key, add its digest to the file, and return the key itself, which is not stored.

    Raises
    ------
    KeysError
        If the name is invalid or taken, or the file cannot be read.
    """
    if not _NAME.fullmatch(name):
        raise KeysError(
            f"a key's name is 1 to 40 letters, digits, dots, dashes and underscores, not {name!r}"
        )
    with file_lock(path.with_name(f"{path.name}.lock"), wait=True):
        keys = read_keys(path) if path.exists() else {}
        if name in keys:
            raise KeysError(f"{path} has a key {name} already; revoke it first, or take another name")
        key = f"stl_{secrets.token_urlsafe(32)}"
        _write(path, {**keys, name: _digest(key.encode())})
    return key


def revoke_key(path: Path, name: str) -> None:
    """Remove a key from the file.

    Raises
    ------
    KeysError
        If there is no such key, or the file cannot be read.
    """
    with file_lock(path.with_name(f"{path.name}.lock"), wait=True):
        keys = read_keys(path)
        if name not in keys:
            raise KeysError(f"{path} has no key {name}; it has {', '.join(sorted(keys)) or 'none'}")
        _write(path, {other: digest for other, digest in keys.items() if other != name})


def _write(path: Path, keys: Mapping[str, bytes]) -> None:
    text = _HEAD + "".join(f"{name} {digest.hex()}\n" for name, digest in keys.items())
    replace_file(path, text.encode("utf-8"), _mode(path))


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o600


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


class KeyRing:
    """The keys of a running service. A changed file takes effect within `LOOK_SECONDS`.

    If the changed file cannot be read or has an invalid line, the error is logged and the old keys stay
    valid. If it holds no key, no key is valid.

    Parameters
    ----------
    path : Path
    clock : callable
        Monotonic seconds.

    Raises
    ------
    KeysError
        If the file cannot be read, or holds no key.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._seen = _state(path)
        self._looked = clock()
        self._keys = read_keys(path)
        if not self._keys:
            raise KeysError(f"API keys file {path} holds no key; `python -m serving keys new NAME` makes one")

    def name_of(self, key: bytes | None) -> str | None:
        """Name of a key, or None if it is unknown. The time taken does not depend on the key."""
        self._refresh()
        if key is None:
            return None
        asked, found = _digest(key), None
        for name, digest in self._keys.items():
            if hmac.compare_digest(asked, digest):
                found = name
        return found

    def _refresh(self) -> None:
        now = self._clock()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        state = _state(self._path)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._keys = read_keys(self._path)
        except KeysError as error:
            logger.error("the API keys stay as they were: %s", error)
        else:
            logger.info("API keys read again: %d", len(self._keys))


def _state(path: Path) -> FileState | None:
    try:
        return file_state(path)
    except OSError:  # reading the keys says why
        return None
