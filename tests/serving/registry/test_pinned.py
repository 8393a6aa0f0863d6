from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.errors import IntegrityError, NoChampion, UnknownModel
from serving.model.churn_model import ChurnModel
from serving.registry import decisions, pinned
from serving.registry.model_files import save_model
from serving.registry.pinned import FIRST_ENV, MODEL_ENV, decided_tag, first_tag, pinned_tag, shipped_tag


@pytest.fixture
def register(
    build_model: Callable[[str], ChurnModel],
    metadata: dict[str, Any],
    model_store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], str]:
    monkeypatch.delenv(MODEL_ENV, raising=False)
    monkeypatch.delenv(FIRST_ENV, raising=False)
    return lambda: save_model(build_model("logistic"), metadata)


@pytest.fixture
def bento(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a built Bento around this package."""
    source = tmp_path / "bento" / "src" / "serving" / "model"
    source.mkdir(parents=True)
    monkeypatch.setattr(pinned, "__file__", str(source / "pinned.py"))
    monkeypatch.setattr(pinned, "_BENTO_FILE", tmp_path / "bento" / "bento.yaml")
    return tmp_path / "bento" / "bento.yaml"


def test_without_a_champion_the_message_says_what_to_do(register: Callable[[], str]) -> None:
    register()
    with pytest.raises(NoChampion, match="make run"):
        first_tag()


def test_the_champion_and_not_the_latest(register: Callable[[], str]) -> None:
    first = register()
    register()
    decisions.promote(first, "ann", "tested")
    assert first_tag() == first
    assert pinned_tag() is None


def test_who_answers_once_refuses_where_the_latest_decision_is_damaged(
    register: Callable[[], str], model_store: Path
) -> None:
    first, second = register(), register()
    decisions.promote(first, "ann", "tested")
    assert decided_tag() == first
    decisions.promote(second, "ann", "better")
    (model_store / "churn-champion" / "000002" / "model.yaml").write_text("name: [")
    assert first_tag() == first, "a service says so in its readiness"
    with pytest.raises(
        IntegrityError, match="churn-champion:000002 is damaged, .* than churn:.*; decide again"
    ):
        decided_tag()
    decisions.promote(first, "ann", "decided again")
    assert decided_tag() == first
    for number in (1, 2, 3):
        (model_store / "churn-champion" / f"00000{number}" / "model.yaml").write_text("name: [")
    with pytest.raises(IntegrityError, match="churn-champion:000003 is damaged, .* than none; decide again"):
        first_tag()


def test_a_worker_starts_with_what_the_server_handed_it(
    register: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = register(), register()
    decisions.promote(second, "ann", "tested")
    monkeypatch.setenv(FIRST_ENV, first)
    assert first_tag() == first
    assert pinned_tag() is None
    monkeypatch.setenv(FIRST_ENV, "churn:removed")
    assert first_tag() == second


def test_the_environment_goes_before_the_champion(
    register: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = register(), register()
    decisions.promote(first, "ann", "tested")
    monkeypatch.setenv(MODEL_ENV, second)
    assert first_tag() == pinned_tag() == second
    monkeypatch.setenv(MODEL_ENV, "churn:nothing")
    with pytest.raises(UnknownModel):
        first_tag()


@pytest.mark.parametrize("at", ["top", "service"])
def test_inside_a_bento_its_own_model_goes_before_everything(
    at: str, register: Callable[[], str], bento: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = register(), register()
    decisions.promote(second, "ann", "tested")
    monkeypatch.setenv(MODEL_ENV, second)
    mine = [{"tag": "other:1"}, {"tag": first}]
    document = {"models": mine} if at == "top" else {"models": [], "services": [{"models": mine}]}
    bento.write_text(yaml.safe_dump(document))
    assert first_tag() == pinned_tag() == first


def test_a_bento_file_beside_a_checkout_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "bento.yaml").write_text("models: [{tag: 'churn:1'}]")
    assert shipped_tag(tmp_path / "bento.yaml") is None
