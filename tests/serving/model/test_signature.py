from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from feast.types import Bool, Int64
from house import VIEWS, House, everyone

from feature_repo.views import VIEWS as DEFINED
from serving.errors import FormatError, SignatureError
from serving.model.signature import FeatureSpec, Signature, fingerprint_of, signature_of


def test_it_holds_every_feature_in_the_views_order() -> None:
    signature = signature_of()
    assert signature.feature_service == "churn_v1"
    assert signature.views == VIEWS
    assert signature.names == tuple(field.name for view in DEFINED for field in view.features)
    assert signature.names[:2] == ("gender", "SeniorCitizen")
    assert signature.features[1] == FeatureSpec("SeniorCitizen", "demographics", "number", "Int64")
    assert signature.ttl_seconds == {
        "demographics": 630_720_000,
        "services": 630_720_000,
        "billing": 5_356_800,
        "tickets": 5_356_800,
    }


def test_a_subset_keeps_the_views_order_and_the_whole_services_fingerprint() -> None:
    signature = signature_of(names=["tenure", "Contract"])
    assert signature.names == ("Contract", "tenure")
    assert signature.views == ("services", "billing")
    assert set(signature.ttl_seconds) == {"services", "billing"}
    assert signature.fingerprint == signature_of().fingerprint == fingerprint_of()


def test_it_survives_json() -> None:
    signature = signature_of()
    assert Signature.from_json(signature.to_json()) == signature


TENURE = {"name": "tenure", "view": "billing", "kind": "number", "dtype": "Int64"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": None}, "features"),
        ({"ttl_seconds": {"services": 0}}, "no TTL for billing"),
        ({"weights": {"tenure": 1.5}}, "gives 'tenure' the weight 1.5"),
        ({"weights": {"tenure": float("nan")}}, "gives 'tenure' the weight nan"),
        ({"weights": {"gender": 0.5}}, "gives 'gender' the weight 0.5"),
        ({"bounds": {"tenure": {"minimum": "x"}}}, "bounds.tenure.minimum"),
        (
            {"features": [{"name": "tenure", "view": "billing", "kind": "number", "dtype": "String"}]},
            "tenure",
        ),
        ({"features": [{"name": "tenure", "view": "billing", "kind": "date", "dtype": "Int64"}]}, "kind"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, Any], message: str) -> None:
    document = signature_of(names=["tenure", "Contract"]).to_json()
    with pytest.raises(FormatError, match=message):
        Signature.from_json(document | change)


def test_an_unknown_service_or_feature_is_named() -> None:
    with pytest.raises(SignatureError, match="no feature service 'churn_v9'; it has churn_v1"):
        signature_of("churn_v9")
    with pytest.raises(SignatureError, match="'churn_v1' has no feature age, wealth"):
        signature_of(names=["wealth", "tenure", "age"])


def test_a_type_no_model_takes_is_refused(house: House) -> None:
    definitions = house.definitions()
    definitions.churn_v1.feature_view_projections[2].features[0].dtype = Bool
    with pytest.raises(SignatureError, match="billing:tenure is Bool"):
        signature_of()


def test_the_fingerprint_knows_values_from_words(house: House) -> None:
    plain = fingerprint_of()
    house.write(everyone(["A"]), base="another")
    definitions = house.definitions()
    definitions.billing.description = "In other words."
    definitions.billing.features[0].description = "In other words."
    assert fingerprint_of() == plain


@pytest.mark.parametrize("what", ["ttl", "type", "name", "order", "clock"])
def test_the_fingerprint_changes_with_what_decides_a_value(house: House, what: str) -> None:
    plain = fingerprint_of()
    definitions = house.definitions()
    billing, features = definitions.billing, definitions.churn_v1.feature_view_projections[2].features
    if what == "ttl":
        billing.ttl = timedelta(days=61)
    elif what == "type":
        features[1].dtype = Int64
    elif what == "name":
        features[1].name = "MonthlyCharge"
    elif what == "order":
        features.reverse()
    else:
        billing.batch_source.created_timestamp_column = "seen_timestamp"
    assert fingerprint_of() != plain
