"""What the tables' contract allows in a feature; a model carries it, as serving never reads the contract.

Without numpy, because the commands of the registry start faster without it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.errors import EncodingError, FormatError

_SHOWN = 40


@dataclass(frozen=True)
class Bound:
    """The values that a feature can have. A missing value is always allowed.

    Parameters
    ----------
    minimum, maximum : float or None
        Bounds of a number, both included; None where there is none.
    values : tuple of str or None
        Every value of a category; None for a number, and for a category that is open.

    Raises
    ------
    FormatError
        The minimum is above the maximum.
    """

    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise FormatError(f"a feature cannot lie between {self.minimum} and {self.maximum}")

    @property
    def low(self) -> float:
        """The minimum, or minus infinity."""
        return -math.inf if self.minimum is None else self.minimum

    @property
    def high(self) -> float:
        """The maximum, or infinity."""
        return math.inf if self.maximum is None else self.maximum

    def allows(self, value: Any) -> bool:
        """Whether the feature can have a value; a missing one is None or NaN."""
        if self.values is not None:
            return value is None or value in self.values
        return value is None or not (value < self.low or value > self.high)

    def error(self, name: str, value: object, row: int | None = None) -> EncodingError:
        """The error of a value that is not allowed."""
        shown = repr(value.item() if hasattr(value, "item") else value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        return EncodingError(
            f"feature {name}: {shown} cannot be; it is {self._rule()}. Correct it where it comes from", row
        )

    def _rule(self) -> str:
        if self.values is not None:
            return f"one of {', '.join(self.values)}"
        if self.maximum is None:
            return f"at least {self.minimum:g}"
        return f"from {self.minimum:g} to {self.maximum:g}"


UNBOUNDED = Bound()
Bounds = Mapping[str, Bound]
"""By feature; a feature that is not named may have any value."""
