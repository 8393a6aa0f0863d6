"""The paths of the lake, the registry and the online store.

Feast changes the working directory for some of its commands only, so every path here is absolute.
"""

from __future__ import annotations

import os
from pathlib import Path

from feature_repo.errors import SettingError

REPO = Path(__file__).resolve().parent
LAKE_ENV = "STAYLINE_LAKE"
REGISTRY_ENV = "STAYLINE_REGISTRY"
ONLINE_STORE_ENV = "STAYLINE_ONLINE_STORE"


def lake_dir() -> Path:
    """Folder of the lake: `STAYLINE_LAKE`, or `data/lake` beside the feature repository.

    Raises
    ------
    SettingError
        The variable holds a relative path.
    """
    return from_environment(LAKE_ENV) or REPO.parent / "data" / "lake"


def state_path(variable: str, configured: str, repo: Path) -> Path:
    """Path of a state file: the environment variable, or the path in `feature_store.yaml`.

    Parameters
    ----------
    variable : str
        `STAYLINE_REGISTRY` or `STAYLINE_ONLINE_STORE`.
    configured : str
        The path in `feature_store.yaml`; a relative one is taken from `repo`.
    repo : Path
        Folder of `feature_store.yaml`.
    """
    return from_environment(variable) or (repo / configured).absolute()


def from_environment(variable: str) -> Path | None:
    """Absolute path that an environment variable names, or None when it is unset or empty.

    Raises
    ------
    SettingError
        The variable holds a relative path.
    """
    value = os.environ.get(variable, "")
    if not value:
        return None
    if not Path(value).is_absolute():
        raise SettingError(
            f"{variable} is {value!r}; give an absolute path, because Feast changes the working directory."
        )
    return Path(value)
