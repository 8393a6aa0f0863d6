"""Reads `feature_store.yaml` without importing Feast."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from feature_repo.errors import SettingError

SQLITE_STORE = "feature_repo.sqlite_store.store.WideRowSqliteOnlineStore"
FORMER_SQLITE_STORE = "feature_repo.online_store.WideRowSqliteOnlineStore"
"""The path of the class in version 0.1, which a `feature_store.yaml` of that time still names."""


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
    try:
        content = yaml.safe_load(os.path.expandvars(path.read_text(encoding="utf-8")))
        online = dict(content["online_store"])
        if online.get("type") == FORMER_SQLITE_STORE:
            online["type"] = SQLITE_STORE
        return {**content, "project": content["project"], "online_store": online}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path} does not say where the online store is: {error!r}.") from error
