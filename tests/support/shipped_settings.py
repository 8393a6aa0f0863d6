"""The settings of training as they are shipped, and sections of them with some values changed."""

from __future__ import annotations

from typing import Any, TypeVar

from training.settings.base import SettingsBase
from training.settings.settings import Settings, load_settings

Section = TypeVar("Section", bound=SettingsBase)


def default_settings() -> Settings:
    """``training/settings.yaml``."""
    return load_settings()


def changed(section: Section, **values: Any) -> Section:
    """The same settings with these values, validated as a settings file is."""
    return type(section).model_validate({**section.model_dump(), **values})
