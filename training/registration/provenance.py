"""Which state of the code a model comes from, and who trained it."""

from __future__ import annotations

import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from serving.card.metadata import Provenance

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = "unknown"


def provenance(root: Path = ROOT) -> Provenance:
    """Commit and state of the code, user and moment; ``unknown`` or None where it cannot be found out.

    Parameters
    ----------
    root : Path
        Of the working tree.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    # A folder inside somebody's other repository is not that repository's code.
    commit = _git(root, "rev-parse", "HEAD") if top and Path(top).resolve() == root.resolve() else None
    changes = _git(root, "status", "--porcelain") if commit else None
    return Provenance(
        git_commit=commit or UNKNOWN,
        git_changed=None if changes is None else bool(changes),
        registered_by=user_name(),
        registered_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def user_name() -> str:
    """Who runs this."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a user database
        return "unknown user"


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints, or None where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
