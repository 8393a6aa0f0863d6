"""Where playbook, suppression file and campaigns lie; an environment variable goes before a setting."""

from __future__ import annotations

import os
from pathlib import Path

from serving.errors import SettingsError
from serving.settings import Settings

PLAYBOOK_ENV = "STAYLINE_PLAYBOOK"
SUPPRESSED_ENV = "STAYLINE_SUPPRESSED"
CAMPAIGNS_ENV = "STAYLINE_CAMPAIGNS"
CAMPAIGNS = "serving/out/campaigns"


def playbook_path(settings: Settings) -> Path:
    """The playbook. Raises SettingsError if STAYLINE_PLAYBOOK is a relative path."""
    return _place(PLAYBOOK_ENV, settings.playbook_file)


def suppressed_path(settings: Settings) -> Path:
    """The suppression file. Raises SettingsError if STAYLINE_SUPPRESSED is a relative path."""
    return _place(SUPPRESSED_ENV, settings.suppressed_file)


def campaigns_path() -> Path:
    """The folder of all campaigns. Raises SettingsError if STAYLINE_CAMPAIGNS is a relative path."""
    return _place(CAMPAIGNS_ENV, CAMPAIGNS)


def _place(variable: str, configured: str) -> Path:
    named = os.environ.get(variable, "")
    if named and not Path(named).is_absolute():
        raise SettingsError(f"{variable} is {named!r}; give an absolute path")
    return Path(named) if named else Path(__file__).parents[2] / configured
