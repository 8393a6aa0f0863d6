from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from training.errors import SettingsError
from training.settings.settings import DEFAULT_FILE, Settings, load_settings

README = Path(__file__).parents[3] / "training" / "README.md"


def setting_names(model: type[BaseModel], prefix: str = "") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += setting_names(kind, f"{prefix}{name}.")
        else:
            names.append(f"{prefix}{name}")
    return names


def test_every_setting_is_documented():
    text = README.read_text()
    missing = [name for name in setting_names(Settings) if f"`{name}`" not in text]
    assert missing == []


def test_every_setting_is_in_the_default_file():
    values = yaml.safe_load(DEFAULT_FILE.read_text())
    for name in setting_names(Settings):
        node = values
        for part in name.split("."):
            assert part in node, name
            node = node[part]


def field_defaults(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Fields of a settings class, and of the sections in it, that have a default in Python."""
    found = []
    for name, field in model.model_fields.items():
        if not field.is_required():
            found.append(f"{prefix}{name}")
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += field_defaults(kind, f"{prefix}{name}.")
    return found


def test_no_setting_has_a_default_in_python():
    assert field_defaults(Settings) == []


def test_a_default_in_python_is_found():
    class Section(BaseModel):
        hidden: int | None = None

    class Whole(BaseModel):
        section: Section
        seed: int = 42

    assert field_defaults(Whole) == ["section.hidden", "seed"]


def changed_by(text: str, folder: Path) -> dict[str, object]:
    """What a settings file changes of the defaults, by dotted name."""
    path = folder / "settings.yaml"
    path.write_text(text)
    default, loaded = (settings.model_dump() for settings in (load_settings(), load_settings(path)))
    found: dict[str, object] = {}
    for name in setting_names(Settings):
        before, after = default, loaded
        for part in name.split("."):
            before, after = before[part], after[part]
        if after != before:
            found[name] = after
    return found


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("seed: 7", {"seed": 7}),
        ("cohorts: {horizon_days: 60}", {"cohorts.horizon_days": 60}),
        ("evaluation: {out_of_time: {cohorts: 4}}", {"evaluation.out_of_time.cohorts": 4}),
        ("tuning: {trials: null, minutes: 5}", {"tuning.trials": None, "tuning.minutes": 5.0}),
        ("samplers: [none]", {"samplers": ("none",)}),
        ("classifiers: {lightgbm: {num_leaves: 4}}", {"classifiers": {"lightgbm": {"num_leaves": 4}}}),
        (
            "evaluation: {learning_shares: [0.5, 1], published: {classifiers: {xgboost: {}}}}",
            {"evaluation.learning_shares": (0.5, 1.0), "evaluation.published.classifiers": {"xgboost": {}}},
        ),
    ],
)
def test_what_a_file_does_not_name_stays_at_its_default(tmp_path, text, changes):
    assert changed_by(text, tmp_path) == changes


def test_a_default_that_is_changed_in_the_file_reaches_every_settings_file(tmp_path, monkeypatch):
    values = yaml.safe_load(DEFAULT_FILE.read_text())
    values["profit"]["offer_cost"] = 12
    default, own = tmp_path / "default.yaml", tmp_path / "own.yaml"
    default.write_text(yaml.safe_dump(values))
    own.write_text("profit: {contact_cost: 2}")
    monkeypatch.setattr("training.settings.settings.DEFAULT_FILE", default)
    profit = load_settings(own).profit
    assert (profit.offer_cost, profit.contact_cost) == (12, 2)


def test_a_missing_default_is_an_error_of_the_default_file(tmp_path, monkeypatch):
    values = yaml.safe_load(DEFAULT_FILE.read_text())
    del values["evaluation"]["draws"]
    default, own = tmp_path / "default.yaml", tmp_path / "own.yaml"
    default.write_text(yaml.safe_dump(values))
    own.write_text("seed: 1")
    monkeypatch.setattr("training.settings.settings.DEFAULT_FILE", default)
    with pytest.raises(SettingsError, match=r"default\.yaml: evaluation\.draws: Field required"):
        load_settings(own)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nsamplers: [none]\nclassifiers: {lightgbm: {}}\nsead: 2", "sead: Extra inputs"),
        ("samplers: [smoot]\nclassifiers: {lightgbm: {}}", "samplers.0: Input should be 'none'"),
        ("samplers: [none]\nclassifiers: {lightgbm: {}}\nsegments: {k: 11}", "k = 11 lies outside"),
        ("samplers: []\nclassifiers: {lightgbm: {}}", "samplers: Tuple should have at least 1"),
        ("- a list", "expected a mapping"),
        ("a: [", "cannot be read as YAML"),
        ("[" * 20_000, "cannot be read as YAML \\(line 1: more than 20 lists and mappings"),
        ("profit:", "profit: Input should be a valid dictionary"),
        ("profit: {offer_costs: 5}", "profit.offer_costs: Extra inputs"),
        (
            "evaluation: {out_of_time: {cohorts: 1}}",
            "evaluation.out_of_time.cohorts: Input should be greater",
        ),
    ],
)
def test_a_bad_settings_file_is_told_with_file_and_setting(tmp_path, text, message):
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().seed = 3  # type: ignore[misc]
