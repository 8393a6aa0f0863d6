"""How the columns of an exported campaign are called: a YAML file of a CRM column and our column each."""

from __future__ import annotations

from pathlib import Path

import yaml

from feature_repo.configuration import read_yaml
from feature_repo.errors import SettingError
from serving.campaigns.plan import SCHEMA
from serving.errors import CampaignError

EXPORTED = tuple(name for name in SCHEMA.names if name not in ("planned_offer", "stratum"))
"""What is exported without a mapping: the two others would tell a CRM what somebody is not to be offered."""
ARM = "arm"


def read_mapping(path: Path | None) -> dict[str, str]:
    """The columns of the file, in order: the CRM's name and ours.

    Parameters
    ----------
    path : Path or None
        A YAML file such as ``{CLIENT_ID: customerID, OFFER_CODE: offer}``; None keeps our names.

    Raises
    ------
    CampaignError
        The file cannot be read, names a column twice or one that there is not, or has no customerID.
    """
    if path is None:
        return {name: name for name in EXPORTED}
    try:
        content = read_yaml(path)
    except SettingError as error:
        raise CampaignError(f"--mapping {error.message}") from error
    if not isinstance(content, dict) or not content:
        raise CampaignError(f"--mapping {path}: write a line for each column, such as ID: customerID")
    _check_twice(path)
    for theirs, ours in content.items():
        if not isinstance(theirs, str) or not theirs.strip():
            raise CampaignError(f"--mapping {path}: {theirs!r} is no name of a column; put it in quotes")
        if ours not in EXPORTED:
            raise CampaignError(
                f"--mapping {path}: {theirs}: there is no column {ours!r}; there is {', '.join(EXPORTED)}"
            )
    if "customerID" not in content.values():
        raise CampaignError(f"--mapping {path}: no column is customerID; add one, such as ID: customerID")
    return dict(content)


def _check_twice(path: Path) -> None:
    """Refuse a key that is there twice, of which YAML would keep the last one."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise CampaignError(f"--mapping {path}: the column {key} is there twice; take one out")
