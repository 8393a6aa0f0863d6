from __future__ import annotations

from datetime import timedelta

import pytest
from feast import FeatureView
from house import VIEWS, House, everyone

from feature_repo.definitions import billing, churn_v1, customer, demographics, services, tickets
from feature_repo.errors import ManifestError

DEFINED = (demographics, services, billing, tickets)


def test_the_service_holds_every_feature_of_the_four_views_in_order() -> None:
    projections = churn_v1.feature_view_projections
    assert tuple(projection.name for projection in projections) == VIEWS
    for projection, view in zip(projections, DEFINED, strict=True):
        assert projection.features == view.features


@pytest.mark.parametrize("view", DEFINED, ids=lambda view: view.name)
def test_every_field_has_one_line_that_says_what_it_is(view: FeatureView) -> None:
    for field in view.features:
        assert field.description.endswith(".")
        assert "\n" not in field.description
        assert str(field.dtype) in {"String", "Int64", "Float64"}


@pytest.mark.parametrize("view", DEFINED, ids=lambda view: view.name)
def test_views_are_keyed_by_the_customer_and_read_both_clocks(view: FeatureView) -> None:
    assert view.entities == [customer.name]
    assert view.join_keys == ["customerID"]
    assert view.batch_source.timestamp_field == "event_timestamp"
    assert view.batch_source.created_timestamp_column == "created_timestamp"


def test_monthly_views_expire_after_two_months_and_the_others_never_in_a_contract() -> None:
    assert {view.name: view.ttl for view in DEFINED} == {
        "demographics": timedelta(days=7300),
        "services": timedelta(days=7300),
        "billing": timedelta(days=62),
        "tickets": timedelta(days=62),
    }


def test_no_two_views_share_a_feature_name() -> None:
    names = [field.name for view in DEFINED for field in view.features]
    assert len(names) == len(set(names))


def test_views_carry_the_base_of_the_lake_and_its_absolute_path(house: House) -> None:
    house.write(everyone(["A"]), base="base-a")
    definitions = house.definitions()
    assert definitions.billing.tags == {"base": "base-a"}
    assert definitions.billing.batch_source.path == str(house.lake / "billing.parquet")


def test_without_a_lake_the_definitions_stand_and_carry_no_base(house: House) -> None:
    assert house.definitions().billing.tags == {}


def test_a_damaged_manifest_is_named(house: House) -> None:
    house.write(everyone(["A"]))
    manifest = house.lake / "manifest.json"
    manifest.write_text("{}")
    with pytest.raises(ManifestError, match=f"{manifest} names no base"):
        house.definitions()
