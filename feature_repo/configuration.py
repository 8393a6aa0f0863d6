"""Reads YAML files of settings within bounds, and `feature_store.yaml` without importing Feast."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from feature_repo.errors import SettingError

SQLITE_STORE = "feature_repo.sqlite_store.store.WideRowSqliteOnlineStore"
FORMER_SQLITE_STORE = "feature_repo.online_store.WideRowSqliteOnlineStore"
"""The path of the class in version 0.1, which a `feature_store.yaml` of that time still names."""

MOST_BYTES = 256 * 1024
MOST_LEVELS = 20
"""Lists and mappings inside each other. PyYAML calls itself for each, and very many would end it."""
_LONGEST_REASON = 300


def configuration(repo: Path) -> dict[str, Any]:
    """The content of `feature_store.yaml`, with a project and a mapping ``online_store``.

    Parameters
    ----------
    repo : Path
        Folder of the file. `${VAR}` in it is expanded, as Feast does.

    Raises
    ------
    SettingError
        If it cannot be read, or names no project or no online store.
    """
    path = repo / "feature_store.yaml"
    content = read_yaml(path, expand_variables=True)
    try:
        online = dict(content["online_store"])
        if online.get("type") == FORMER_SQLITE_STORE:
            online["type"] = SQLITE_STORE
        return {**content, "project": content["project"], "online_store": online}
    except (KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path} does not say where the online store is: {error!r}.") from error


def read_yaml(path: Path, *, expand_variables: bool = False) -> Any:
    """The content of a YAML file.

    Parameters
    ----------
    path : Path
    expand_variables : bool
        Whether `$VAR` and `${VAR}` stand for environment variables.

    Raises
    ------
    SettingError
        The file cannot be read, is too large, or is no YAML that `parse_yaml` takes.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        text = content.decode("utf-8")
        return parse_yaml(os.path.expandvars(text) if expand_variables else text)
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} cannot be read as YAML ({_in_one_line(error)})") from error


def parse_yaml(text: str) -> Any:
    """The content of a YAML text with plain values, at most `MOST_LEVELS` deep and without aliases.

    An alias repeats a part of the text, and a few lines of them can stand for billions of values.

    Raises
    ------
    ValueError
        With the reason.
    """
    try:
        _check_shape(text)
        return yaml.safe_load(text)
    # The last five are PyYAML's for a tag whose value does not fit it, such as `!!bool maybe`.
    except (yaml.YAMLError, KeyError, IndexError, AttributeError, TypeError, OverflowError) as error:
        raise ValueError(_in_one_line(error)) from error


def _check_shape(text: str) -> None:
    """Refuse too many levels, and aliases, before anything is made of the text."""
    levels = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = 1 + (event.start_mark.line if event.start_mark else 0)
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"line {line}: *{event.anchor} is an alias; write the value itself")
        levels += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if levels > MOST_LEVELS:
            raise ValueError(f"line {line}: more than {MOST_LEVELS} lists and mappings inside each other")


def _in_one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    reason = " ".join(str(error).split()) or type(error).__name__
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"
