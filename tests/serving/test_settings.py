from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from serving.errors import SettingsError
from serving.settings import (
    DEFAULT_FILE,
    SETTINGS_ENV,
    Bands,
    CampaignSettings,
    Promotion,
    Settings,
    load_settings,
)

PAGE = (DEFAULT_FILE.parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def names(model: type[BaseModel], prefix: str = "") -> list[str]:
    nested = {"promotion": Promotion, "campaigns": CampaignSettings}
    found = []
    for name in model.model_fields:
        found += names(nested[name], f"{name}.") if name in nested else [f"{prefix}{name}"]
    return found


@pytest.mark.parametrize("name", names(Settings))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    value = yaml.safe_load(DEFAULT_FILE.read_text())
    for part in name.split("."):
        value = value[part]
    written = (
        value
        if isinstance(value, str)
        else yaml.safe_dump(value, default_flow_style=True, width=200).splitlines()[0]
    )
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    assert line.split("|")[2].strip().strip("`") == written


@pytest.mark.parametrize("model", [Settings, Bands, Promotion, CampaignSettings])
def test_no_setting_has_a_default_in_python(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.is_required()] == []


def test_the_shipped_file_is_valid_and_frozen() -> None:
    settings = load_settings()
    assert settings.max_customer_ids == 1000
    with pytest.raises(ValidationError, match="frozen"):
        settings.threads = 3  # type: ignore[misc]


def test_the_environment_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "settings.yaml"
    content = yaml.safe_load(DEFAULT_FILE.read_text())
    other.write_text(yaml.safe_dump({**content, "refuse_expired": True, "as_of": "2026-11-01T00:00:00Z"}))
    monkeypatch.setenv(SETTINGS_ENV, str(other))
    assert load_settings().refuse_expired
    assert load_settings().as_of == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bands": {"medium": 0.5, "high": 0.5}}, "medium must be below high"),
        ({"threads": 0}, "threads"),
        ({"colour": "blue"}, "colour"),
        ({"promotion": {"metric": "accuracy", "tolerance": 0.02}}, "promotion.metric"),
        ({"promotion": {"metric": "auc", "tolerance": -0.1}}, "promotion.tolerance"),
        ({"customer_id_pattern": "["}, "customer_id_pattern: .*not a regular expression"),
        ({"customer_id_pattern": "(?=a)a"}, "not a regular expression"),
        ({"max_customer_ids": 5000}, "max_body_bytes must be at least 340100"),
        ({"as_of": "2026-11-01T00:00:00"}, "as_of: Input should have timezone info"),
    ],
)
def test_a_wrong_setting_is_named(change: dict[str, object], message: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(DEFAULT_FILE.read_text()), **change}))
    with pytest.raises(SettingsError, match=message):
        load_settings(path)


@pytest.mark.parametrize("content", [b"bands: [", b"[" * 20_000, b"\xff\xfe", b"", b"just text"])
def test_a_file_that_holds_no_settings_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="settings.yaml.*see docs/operations.md"):
        load_settings(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "nowhere.yaml")
