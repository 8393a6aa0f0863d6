"""The lake's tables and the feature views say the same of every column."""

from __future__ import annotations

import pyarrow as pa
import pytest
from feast import FeatureView

from data.schema import LATER_TABLES, REASONS, TABLES
from feature_repo.lake import LATER_COLUMNS
from feature_repo.views import VIEWS
from serving.campaigns.outcome.lake_rows import MAY_BE_ABSENT, VOLUNTARY, columns_of
from serving.campaigns.outcome.observed import ANSWERS

ARROW_TYPE = {"String": pa.string(), "Int64": pa.int64(), "Float64": pa.float64()}

SQL_TYPE = {"BIGINT": pa.int64()}
NO_FEATURES = ("household",)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_views_fields_are_its_tables_columns_in_name_type_and_order(view: FeatureView) -> None:
    columns = [(c.name, c.type) for c in TABLES[view.name].values if c.name not in NO_FEATURES]
    assert [(field.name, ARROW_TYPE[str(field.dtype)]) for field in view.features] == columns


def test_a_part_may_lack_the_features_that_are_optional_columns() -> None:
    optional = {
        column.name: column.type
        for view in VIEWS
        for column in TABLES[view.name].optional
        if column.name not in NO_FEATURES
    }
    assert optional == {name: SQL_TYPE[kind] for name, kind in LATER_COLUMNS.items()}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_reads_its_tables_key_and_clocks(view: FeatureView) -> None:
    clocks = (view.batch_source.timestamp_field, view.batch_source.created_timestamp_column)
    assert (*view.join_keys, *clocks) == TABLES[view.name].names[:3]


def test_a_readout_reads_columns_of_the_lake() -> None:
    for name, schema in columns_of().items():
        types = {column.name: column.type for column in TABLES[name].columns}
        assert {field.name: field.type for field in schema}.items() <= types.items(), name
    assert set(MAY_BE_ABSENT) <= set(LATER_TABLES)
    assert set(ANSWERS) == set(next(c.categories for c in TABLES["contacts"].columns if c.name == "outcome"))
    assert VOLUNTARY in REASONS
