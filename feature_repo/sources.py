"""The sources of the feature views, from one factory, so that a profile decides for all views at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from feast import FileSource
from feast.data_format import ParquetFormat
from feast.data_source import DataSource

from feature_repo.errors import SettingError
from feature_repo.paths import lake_dir

# Feast stamps a source with the time of its import; `feast plan` would then report every view as changed.
SOURCE_STAMP = datetime(1970, 1, 1, tzinfo=UTC)
PROFILE_ENV = "STAYLINE_PROFILE"
EVENT_TIMESTAMP = "event_timestamp"
CREATED_TIMESTAMP = "created_timestamp"


def source(table: str) -> DataSource:
    """Feast source of one table of the lake, of the kind that the profile asks for.

    Parameters
    ----------
    table : str
        Table of the lake, such as "billing".

    Raises
    ------
    SettingError
        `STAYLINE_PROFILE` names no profile.
    """
    profile = os.environ.get(PROFILE_ENV) or "local"
    if profile not in _SOURCE_OF_PROFILE:
        known = ", ".join(sorted(_SOURCE_OF_PROFILE))
        raise SettingError(f"{PROFILE_ENV} is {profile!r}; set it to one of: {known}.")
    return _SOURCE_OF_PROFILE[profile](table)


def _file_source(table: str) -> DataSource:
    made = FileSource(
        name=table,
        path=str(lake_dir() / f"{table}.parquet"),
        file_format=ParquetFormat(),
        timestamp_field=EVENT_TIMESTAMP,
        created_timestamp_column=CREATED_TIMESTAMP,
        description=f"Table {table} of the lake.",
    )
    made.created_timestamp = made.last_updated_timestamp = SOURCE_STAMP
    return made


_SOURCE_OF_PROFILE: Mapping[str, Callable[[str], DataSource]] = {"local": _file_source}
