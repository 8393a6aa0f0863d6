from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feature_repo.applied import applied_path
from serving.card.metadata import ModelMetadata
from serving.errors import IntegrityError, PromotionRefused
from serving.model.churn_model import ChurnModel
from serving.model.signature import FeatureSpec, Signature, fingerprint_of
from serving.registry import pointers
from serving.registry.decisions import challenge, promote, rollback
from serving.registry.model_files import save_model
from serving.registry.promotion import Candidate, not_worse, to_promote, to_serve
from serving.settings import Promotion

RULES = Promotion(metric="auc", tolerance=0.02)


@pytest.fixture
def signature(specs: tuple[FeatureSpec, ...]) -> Signature:
    return Signature("churn_v1", fingerprint_of("churn_v1"), specs, {"services": 0, "billing": 0})


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a lake would lie; a registry lies nowhere."""
    monkeypatch.setenv("STAYLINE_REGISTRY", str(tmp_path / "registry.db"))
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "lake"))
    return tmp_path / "lake"


@pytest.fixture
def register(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> Callable[..., str]:
    """Register a model with this AUC, and with other metadata where a test says so."""
    model = build_model("logistic")
    return lambda auc=0.84, **other: save_model(model, {**with_auc(metadata, auc), **other})


def with_auc(metadata: dict[str, Any], auc: float | None, brier: float = 0.13) -> dict[str, Any]:
    changed = copy.deepcopy(metadata)
    changed["card"]["figures"]["auc"] |= {"estimate": auc}
    changed["card"]["figures"]["brier"] |= {"estimate": brier}
    return changed


@pytest.mark.parametrize(
    ("mine", "theirs", "passes"),
    [
        (0.84, 0.84, True),
        (0.9, 0.84, True),
        (0.83, 0.84, True),
        (0.81, 0.84, False),
        (None, 0.84, False),
        (0.1, None, True),
    ],
)
def test_higher_is_better_within_the_tolerance(
    mine: float | None, theirs: float | None, passes: bool, metadata: dict[str, Any], signature: Signature
) -> None:
    made, rival = (ModelMetadata.parse_mapping(with_auc(metadata, auc)) for auc in (mine, theirs))
    assert (not_worse(Candidate(made, signature, rival, RULES)) is None) == passes
    assert not_worse(Candidate(made, signature, None, RULES)) is None


@pytest.mark.parametrize(("mine", "passes"), [(0.10, True), (0.14, True), (0.16, False)])
def test_of_the_brier_score_lower_is_better(
    mine: float, passes: bool, metadata: dict[str, Any], signature: Signature
) -> None:
    made, rival = (ModelMetadata.parse_mapping(with_auc(metadata, 0.8, brier)) for brier in (mine, 0.13))
    rules = Promotion(metric="brier", tolerance=0.02)
    assert (not_worse(Candidate(made, signature, rival, rules)) is None) == passes


def test_a_worse_model_needs_force_which_is_recorded(register: Callable[..., str]) -> None:
    good, worse = register(0.84), register(0.80)
    promote(good, "ann", "first", to_promote(RULES))
    with pytest.raises(
        PromotionRefused, match="0.8000 and the champion's 0.8400, worse by 0.0400 where 0.02"
    ) as refused:
        promote(worse, "ann", "hope", to_promote(RULES))
    assert "--force" in str(refused.value)
    assert "datasets" not in str(refused.value)
    assert pointers.champion() == good
    assert promote(worse, "ann", "cheaper to run", to_promote(RULES, force=True)).overruled == ("not_worse",)
    written = pointers.champion_pointer()
    assert written is not None
    assert (written.tag, written.forced, written.why) == (worse, True, "cheaper to run")


def test_force_on_a_model_that_passes_records_nothing(register: Callable[..., str]) -> None:
    assert not promote(register(), "ann", "first", to_promote(RULES, force=True)).forced


def test_another_dataset_is_compared_and_told(register: Callable[..., str]) -> None:
    promote(register(0.84), "ann", "first", to_promote(RULES))
    other = register(0.80, dataset_fingerprint="e" * 64)
    with pytest.raises(PromotionRefused, match="judged on different datasets"):
        promote(other, "ann", "new data", to_promote(RULES))


def test_a_champion_that_cannot_be_read_is_no_measure(
    register: Callable[..., str], model_store: Path
) -> None:
    good, worse = register(0.9), register(0.5)
    promote(good, "ann", "first", to_promote(RULES))
    model_store.joinpath(*good.split(":"), "segments.json").unlink()
    assert promote(worse, "ann", "the other broke", to_promote(RULES)).tag == pointers.champion()


def test_all_failures_are_told_at_once_and_force_helps_only_the_last(
    register: Callable[..., str], lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, worse = register(0.84), register(0.80)
    promote(good, "ann", "first", to_promote(RULES))
    lake.mkdir()
    (lake / "manifest.json").write_text(json.dumps({"base": "another"}))
    monkeypatch.setattr("serving.registry.promotion.fingerprint_of", lambda name: "a" * 64)
    for check in (to_promote(RULES), to_promote(RULES, force=True)):
        with pytest.raises(PromotionRefused) as refused:
            promote(worse, "ann", "hope", check)
        for part in ("churn_v1 has changed since", "the lake holds another", "worse by"):
            assert part in str(refused.value)
        assert "--force" not in str(refused.value)
    with pytest.raises(PromotionRefused, match="has changed since") as not_served:
        challenge(worse, "ann", "hope", "shadow", check=to_serve(RULES))
    assert "worse by" not in str(not_served.value)
    assert pointers.champion() == good


def test_the_lakes_own_base_passes_and_a_broken_manifest_does_not(
    register: Callable[..., str], lake: Path
) -> None:
    tag = register()
    lake.mkdir()
    (lake / "manifest.json").write_text("{")
    with pytest.raises(PromotionRefused, match="manifest.json names no base"):
        promote(tag, "ann", "first", to_promote(RULES))
    (lake / "manifest.json").write_text(json.dumps({"base": "simulated-200x12-seed7-20261101"}))
    assert promote(tag, "ann", "first", to_promote(RULES)).tag == tag


def test_another_state_that_is_applied_is_refused(
    register: Callable[..., str], tmp_path: Path, signature: Signature
) -> None:
    registry = tmp_path / "registry.db"
    registry.write_bytes(b"registry")
    told = {
        "registry_sha256": hashlib.sha256(b"registry").hexdigest(),
        "projects": {"stayline": {"other": []}},
    }
    applied_path(registry).write_text(json.dumps(told))
    tag = register()
    for check in (to_promote(RULES, force=True), to_serve(RULES)):
        with pytest.raises(
            PromotionRefused, match="as applied, the model needs feature service churn_v1"
        ) as said:
            promote(tag, "ann", "first", check)
        assert "--force" not in str(said.value)
    assert pointers.champion() is None


def test_a_challenge_and_a_roll_back_may_be_worse(register: Callable[..., str]) -> None:
    worse, good = register(0.80), register(0.84)
    promote(worse, "ann", "first", to_promote(RULES))
    promote(good, "ann", "better", to_promote(RULES))
    assert challenge(worse, "ann", "once more", "shadow", check=to_serve(RULES)).tag == worse
    assert rollback("ann", "calls dropped", to_serve(RULES)).tag == worse


def test_a_broken_model_is_refused_by_its_files_whatever_the_force(
    register: Callable[..., str], model_store: Path
) -> None:
    tag = register()
    model_store.joinpath(*tag.split(":"), "segments.json").write_text("{}")
    with pytest.raises(IntegrityError, match="segments.json"):
        promote(tag, "ann", "first", to_promote(RULES, force=True))
    assert pointers.champion() is None
