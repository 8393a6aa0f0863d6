"""What a run of materialize reads, as one value: two runs of the same value read the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from feature_repo.files import file_state
from feature_repo.lake import JOIN_KEY
from feature_repo.sources import source
from serving.features.materialize_members import CHURN_EVENTS, DEMOGRAPHICS

if TYPE_CHECKING:
    from feast import FeatureView
    from feast.data_source import DataSource


def source_value(manifest: bytes, views: Sequence[FeatureView]) -> str | None:
    """Value of a lake's manifest, the files of all tables that a run reads, and the views' definitions.

    A file stands for what it held when it was last written.

    Parameters
    ----------
    manifest : bytes
        Content of the manifest.
    views : sequence of FeatureView

    Returns
    -------
    str or None
        None if a source is not Parquet on this machine.
    """
    value = hashlib.sha256(manifest)
    tables = [view.batch_source for view in views] + [source(CHURN_EVENTS), source(DEMOGRAPHICS)]
    for table in tables:
        files = _files(table)
        if files is None:
            return None
        value.update(repr(files).encode())
    for view in views:
        value.update(view.to_proto().spec.SerializeToString(deterministic=True))
    return value.hexdigest()


def _files(table: DataSource) -> list[tuple[str, int, int, int]] | None:
    """Name and state of each file of a table. The device is left out: another mount is the same file."""
    from feature_repo.offline_store.parquet_table import plain_table

    plain = plain_table(table, [JOIN_KEY])
    if plain is None:
        return None
    states = [(str(path), file_state(path)) for path in _paths(plain.path)]
    return [(path, state.inode, state.modified_ns, state.size) for path, state in states if state]


def _paths(path: str) -> list[Path]:
    """Files of a path that DuckDB reads: a file, a folder of files, or a pattern."""
    place = Path(path)
    if place.is_dir():
        return sorted(place.rglob("*"))
    return [place] if place.exists() else [Path(found) for found in sorted(glob(path))]
