"""A broken rule with where it was broken, and how a list of them is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 50


@dataclass(frozen=True)
class Violation:
    """One broken rule.

    Parameters
    ----------
    where : str
        The place, readable: `line 17`, or `billing, customer 7590-VHVEG, 2026-10-31`.
    column : str
        The column or columns the rule speaks of.
    value : str
        What stands there.
    rule : str
        What should be.
    """

    where: str
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.where}, {self.column}: {self.value}; rule: {self.rule}"


def listed(violations: Sequence[Violation], shown: int = SHOWN) -> str:
    """Return one indented line per violation, the first `shown` of them, and how many are left out."""
    lines = [f"  {violation}" for violation in violations[:shown]]
    if len(violations) > shown:
        lines.append(f"  and {len(violations) - shown:,} more")
    return "\n".join(lines)
