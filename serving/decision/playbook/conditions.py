"""Conditions on a customer's features, as the playbook writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

Value = Annotated[str, Field(min_length=1, max_length=100)] | FiniteFloat


class Condition(BaseModel):
    """What one feature must be. A customer without a value there meets no condition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    any_of: tuple[Value, ...] | None = Field(default=None, min_length=1, description="it is one of these")
    none_of: tuple[Value, ...] | None = Field(default=None, min_length=1, description="it is none of these")
    at_least: FiniteFloat | None = None
    at_most: FiniteFloat | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing; write any_of, none_of, at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"no number is at least {self.at_least:g} and at most {self.at_most:g}")
        return self

    @property
    def values(self) -> tuple[str | float, ...]:
        """Every value that it names."""
        return (*(self.any_of or ()), *(self.none_of or ()))

    @property
    def is_about_a_number(self) -> bool:
        """Whether it compares by size."""
        return self.at_least is not None or self.at_most is not None

    def test(self) -> Callable[[Any], bool]:
        """A function that says whether a value meets the condition; None and NaN do not."""
        tests: list[Callable[[Any], bool]] = []
        if self.any_of is not None:
            tests.append(frozenset(self.any_of).__contains__)
        if self.none_of is not None:
            tests.append(_is_none_of(frozenset(self.none_of)))
        if self.at_least is not None:
            tests.append(_is_at_least(self.at_least))
        if self.at_most is not None:
            tests.append(_is_at_most(self.at_most))
        return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _is_none_of(unwanted: frozenset[str | float]) -> Callable[[Any], bool]:
    return lambda value: value is not None and value == value and value not in unwanted


def _is_at_least(bound: float) -> Callable[[Any], bool]:
    return lambda value: value is not None and bool(value >= bound)


def _is_at_most(bound: float) -> Callable[[Any], bool]:
    return lambda value: value is not None and bool(value <= bound)


class Test:
    """Conditions on several features, all of which a customer must meet.

    Parameters
    ----------
    conditions : sequence of (int, Condition)
        Each with the position of its feature in the model's signature.
    """

    __test__ = False  # no test of pytest's

    def __init__(self, conditions: Sequence[tuple[int, Condition]]) -> None:
        self._tests = [(position, condition.test()) for position, condition in conditions]

    def one(self, row: Sequence[Any]) -> bool:
        """Whether a customer's values, in the signature's order, meet all conditions."""
        return all(test(row[position]) for position, test in self._tests)

    def many(self, columns: Sequence[Any], count: int) -> np.ndarray:
        """`one` of each customer, (count,), from one sequence per feature."""
        met = np.ones(count, dtype=bool)
        for position, test in self._tests:
            met &= np.fromiter(map(test, columns[position]), bool, count)
        return met
