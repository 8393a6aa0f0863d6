"""How long the drills run: short in `make test`, long in `make drills`."""

from __future__ import annotations

import os

LONG = os.environ.get("STAYLINE_DRILLS") == "long"
