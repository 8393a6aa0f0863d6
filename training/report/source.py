"""What the report is written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ReportSource:
    """A run and its evaluation.

    Attributes
    ----------
    run : dict
        ``run.json``.
    evaluation : dict
        ``evaluation.json``.
    """

    run: dict[str, Any]
    evaluation: dict[str, Any]
