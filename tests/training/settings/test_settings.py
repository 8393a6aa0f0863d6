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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nsamplers: [none]\nclassifiers: {lightgbm: {}}\nsead: 2", "sead: Extra inputs"),
        ("samplers: [smoot]\nclassifiers: {lightgbm: {}}", "samplers.0: Input should be 'none'"),
        ("samplers: [none]\nclassifiers: {lightgbm: {}}\nsegments: {k: 11}", "k = 11 lies outside"),
        ("samplers: []\nclassifiers: {lightgbm: {}}", "samplers: Tuple should have at least 1"),
        ("- a list", "expected a mapping"),
        ("a: [", "cannot be read as YAML"),
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
