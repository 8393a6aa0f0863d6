"""Everything that serving needs, below one folder."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from small_lakes import ROOT


@dataclass(frozen=True)
class Place:
    """A lake until 2025-11-01, its online store, and a model store with a champion: all below one folder."""

    folder: Path
    environment: dict[str, str]
    champion: str

    @property
    def online_store(self) -> Path:
        return Path(self.environment["STAYLINE_ONLINE_STORE"])

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's programs in the project's root."""
        program = str(Path(sys.executable).with_name(command[0]))
        environment = self.environment | changes
        return subprocess.run(
            [program, *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
        )
