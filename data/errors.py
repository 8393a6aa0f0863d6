"""Everything that can go wrong in this room, as one tree.

DataError
├── InputError            what the user gave cannot be used (file, date)
│   └── BadRowsError      the file is readable, but rows of it break a rule; `violations` lists every one
├── LakeError             what lies in the lake, or stands in the way of writing it
│   ├── LakeMissingError  there is no lake where one was looked for
│   ├── LakeLockedError   another process is writing this lake
│   ├── BaseConflictError another base lies there and replacing it was not asked for
│   ├── EditionError      data cannot be the next edition of the base that lies there
│   │   └── RewrittenHistoryError  they say something else of the past; `violations` lists what
│   └── LakeDamagedError  a file of the lake is missing, truncated or not what the manifest says
├── ContractError         tables break their contracts; `violations` lists every broken rule
└── TableShapeError       a table handed to the writer has not the schema of its name

Messages are for the person who can act: what, where (file, row, column, customer) and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data.violations import Violation


class DataError(Exception):
    """Base of every error that this room raises on purpose."""


class InputError(DataError):
    """A file or a date given by the user cannot be used."""


class BadRowsError(InputError):
    """Rows of an input file break rules.

    Parameters
    ----------
    message : str
        The full text shown to the user.
    violations : sequence of Violation
        Every bad cell, in the file's order; never capped.
    """

    def __init__(self, message: str, violations: Sequence[Violation]) -> None:
        super().__init__(message)
        self.violations = tuple(violations)


class LakeError(DataError):
    """The lake cannot be read or written."""


class LakeMissingError(LakeError):
    """There is no lake where one was looked for."""


class LakeLockedError(LakeError):
    """Another process is writing this lake."""


class BaseConflictError(LakeError):
    """A base already lies in the lake and replacing it was not asked for."""


class EditionError(LakeError):
    """Data cannot be the next edition of the base that lies in the lake."""


class RewrittenHistoryError(EditionError):
    """Data say something else of the past than an earlier edition did.

    Parameters
    ----------
    message : str
        The full text shown to the user.
    violations : sequence of Violation
        Rows and columns that differ.
    """

    def __init__(self, message: str, violations: Sequence[Violation]) -> None:
        super().__init__(message)
        self.violations = tuple(violations)


class LakeDamagedError(LakeError):
    """A file of the lake is missing, truncated, or not what the manifest says."""


class ContractError(DataError):
    """Tables break their contracts.

    Parameters
    ----------
    message : str
        The full text shown to the user.
    violations : sequence of Violation
        Every broken rule with an example of where.
    """

    def __init__(self, message: str, violations: Sequence[Violation]) -> None:
        super().__init__(message)
        self.violations = tuple(violations)


class TableShapeError(DataError):
    """A table handed to the lake's writer has not the columns or types of its name."""
