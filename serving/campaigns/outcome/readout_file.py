"""The readout in its campaign's folder: `readout.json`, there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from feature_repo.files import private_file, replacing
from serving.campaigns.outcome.readout import Readout
from serving.errors import CampaignError

FILE = "readout.json"


def write_readout(folder: Path, readout: Readout) -> Path:
    """Write a readout in the place of the one before.

    Parameters
    ----------
    folder : Path
        Of all campaigns.
    readout : Readout

    Raises
    ------
    CampaignError
        It cannot be written; the one before is as it was.
    """
    path = folder / readout.name / FILE
    try:
        with replacing(path) as beside:
            private_file(beside)
            beside.write_text(readout.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise CampaignError(f"{path} cannot be written: {error.strerror}") from error
    return path


def read_readout(folder: Path, name: str) -> Readout | None:
    """The readout of a campaign; None if it has not been read out.

    Raises
    ------
    CampaignError
        It cannot be read.
    """
    path = folder / name / FILE
    if not path.exists():
        return None
    try:
        return Readout.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise CampaignError(f"{path} cannot be read; read campaign {name} out again") from error
