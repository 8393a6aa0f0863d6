from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from house import REPO, House, everyone

from feature_repo.applied import applied_path
from serving.model.signature import Signature, fingerprint, signature_of
from serving.registry.applied import Applied

VIEWS: list[dict[str, Any]] = [
    {
        "view": view,
        "join_keys": ["customerID"],
        "ttl_seconds": ttl,
        "clocks": ["event_timestamp", "created_timestamp"],
        "features": features,
    }
    for view, ttl, features in (
        ("services", 0, [["Partner", "String"], ["Contract", "String"]]),
        ("billing", 62 * 86_400, [["tenure", "Int64"], ["MonthlyCharges", "Float64"]]),
    )
]


@pytest.fixture
def asked(signature: Signature) -> Signature:
    """The signature of a model on VIEWS."""
    return Signature("churn_v1", fingerprint("churn_v1", VIEWS), signature.features, signature.ttl_seconds)


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Tell of a registry with these services."""
    registry = tmp_path / "registry.db"
    registry.write_bytes(b"registry")
    monkeypatch.setenv("STAYLINE_REGISTRY", str(registry))

    def write(services: dict[str, Any]) -> None:
        sha256 = hashlib.sha256(b"registry").hexdigest()
        document = {"registry_sha256": sha256, "projects": {"stayline": services}}
        applied_path(registry).write_text(json.dumps(document))

    return write


def _gone(views: list[dict[str, Any]]) -> None:
    views[1]["features"].pop(0)


def _added(views: list[dict[str, Any]]) -> None:
    views[0]["features"].append(["Fax", "String"])


def _type(views: list[dict[str, Any]]) -> None:
    views[1]["features"][0][1] = "Float64"


def _ttl(views: list[dict[str, Any]]) -> None:
    views[1]["ttl_seconds"] = 60


def _view_gone(views: list[dict[str, Any]]) -> None:
    views.pop(0)


def _clock(views: list[dict[str, Any]]) -> None:
    views[0]["clocks"][0] = "seen_at"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_gone, "billing:tenure is gone"),
        (_added, "services:Fax is there, which the model does not use"),
        (_type, "billing:tenure is Float64, not Int64"),
        (_ttl, "time to live of billing is 60 s, not 5356800 s"),
        (_view_gone, "services:Partner is gone; services:Contract is gone"),
        (_clock, "the order, a join key or a time column is another"),
    ],
)
def test_a_difference_is_named(
    change: Callable[[list[dict[str, Any]]], None], says: str, tell: Any, asked: Signature
) -> None:
    applied = Applied()
    tell({"churn_v1": VIEWS})
    assert applied.compare(asked) == (None, None)
    views = copy.deepcopy(VIEWS)
    change(views)
    tell({"churn_v1": views})
    differs = applied.compare(asked).differs
    assert differs is not None
    assert differs.startswith(f"{says}: feature service churn_v1 is not the one that the model was trained")
    tell({"churn_v1": VIEWS})
    assert applied.compare(asked) == (None, None)


def test_a_service_that_is_not_applied(tell: Any, asked: Signature) -> None:
    tell({"other": VIEWS})
    assert "needs feature service churn_v1, and applied is other" in str(Applied().compare(asked).differs)


def test_what_cannot_be_told_is_not_called_a_difference(tell: Any, asked: Signature, tmp_path: Path) -> None:
    nothing = Applied().compare(asked)
    assert nothing.differs is None
    assert "is not there" in str(nothing.unknown)
    applied_path(tmp_path / "registry.db").write_text("{")
    assert Applied().compare(asked).differs is None
    assert "cannot be told" in str(Applied().compare(asked).unknown)


def test_a_registry_that_is_not_ours_cannot_tell(asked: Signature, tmp_path: Path) -> None:
    settings = yaml.safe_load((REPO / "feature_store.yaml").read_text())
    settings["registry"] = {"registry_type": "sql", "path": "sqlite:///registry.db"}
    (tmp_path / "feature_store.yaml").write_text(yaml.safe_dump(settings))
    comparison = Applied(tmp_path).compare(asked)
    assert comparison.differs is None
    assert "not ours" in str(comparison.unknown)


def test_the_feature_repository_as_it_is_applied(house: House) -> None:
    house.write(everyone(["0001"]))
    asked, applied = signature_of(), Applied()
    assert applied.compare(asked).unknown is not None
    house.apply()
    assert applied.compare(asked) == (None, None)
    changed = house.definitions()
    billing = next(view for view in vars(changed).values() if getattr(view, "name", "") == "billing")
    billing.ttl = timedelta(days=7)
    house.apply(changed)
    assert "time to live of billing is 604800 s" in str(applied.compare(asked).differs)
