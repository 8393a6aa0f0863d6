"""What decisions go by at the moment, apart from the model: the playbook and who is suppressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from serving.decision.places import playbook_path, suppressed_path
from serving.decision.playbook.reading import PlaybookFile, read_playbook
from serving.decision.suppressed import Suppressed, read_suppressed
from serving.settings import Settings


@dataclass(frozen=True, eq=False)
class Policy:
    """A playbook and the suppressed customers.

    Attributes
    ----------
    playbook : PlaybookFile or None
        None if there is none that can be used; nobody is contacted then.
    suppressed : Suppressed
    protected : tuple of str
        Features that a playbook may not name.
    """

    playbook: PlaybookFile | None
    suppressed: Suppressed = field(default_factory=Suppressed)
    protected: tuple[str, ...] = ()


def read_policy(settings: Settings, today: date) -> Policy:
    """Read both files, as the settings name them.

    Raises
    ------
    PlaybookError, SuppressionError, SettingsError
        If one of them cannot be used.
    """
    return Policy(
        read_playbook(playbook_path(settings), today),
        read_suppressed(suppressed_path(settings)),
        settings.protected_attributes,
    )
