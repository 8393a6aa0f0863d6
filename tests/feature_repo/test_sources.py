from __future__ import annotations

import pytest
from feast import FileSource

from feature_repo.errors import SettingError
from feature_repo.sources import SOURCE_STAMP, source


def test_the_default_profile_reads_parquet_files() -> None:
    made = source("billing")
    assert isinstance(made, FileSource)
    assert made.path.endswith("/billing.parquet")


def test_an_unknown_profile_is_named_with_those_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_PROFILE", "cluster")
    with pytest.raises(SettingError, match="'cluster'; set it to one of: local"):
        source("billing")


def test_two_imports_of_a_source_are_equal_to_the_byte() -> None:
    assert (
        source("billing").to_proto().SerializeToString() == source("billing").to_proto().SerializeToString()
    )
    assert source("billing").created_timestamp == SOURCE_STAMP
