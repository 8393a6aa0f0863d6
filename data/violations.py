"""A broken rule and its place, and the text of a list of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_LISTED = 50
LONGEST_VALUE = 80


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
    line : int
        Line of an input file, counted from 1; 0 for a table's row, which has none.
    """

    where: str
    column: str
    value: str
    rule: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.where}, {self.column}: {self.value}; rule: {self.rule}"


def listed(violations: Sequence[Violation], most: int = MOST_LISTED) -> str:
    """Return one indented line per violation, the first `most` of them, and how many are left out."""
    lines = [f"  {violation}" for violation in violations[:most]]
    if len(violations) > most:
        lines.append(f"  and {len(violations) - most:,} more")
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def values_text(values: Iterable[object]) -> str:
    """Return values as a message has them: texts in quotes, numbers without, long ones cut."""
    return ", ".join(_cut(repr(v) if isinstance(v, str) else str(v)) for v in values)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
