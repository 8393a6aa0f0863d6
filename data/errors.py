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

Those with `violations` are each a ViolationsError as well.

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


class ViolationsError(DataError):
    """Something breaks rules in places that can be named.

    Parameters
    ----------
    message : str
        The full text shown to the user.
    violations : sequence of Violation
        What is broken, and where.
    """

    def __init__(self, message: str, violations: Sequence[Violation]) -> None:
        super().__init__(message)
        self.violations = tuple(violations)


class BadRowsError(ViolationsError, InputError):
    """Rows of an input file break rules; `violations` has every bad cell in order, never capped."""


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


class RewrittenHistoryError(ViolationsError, EditionError):
    """Data say something else of the past than an earlier edition did; `violations` has what differs."""


class LakeDamagedError(LakeError):
    """A file of the lake is missing, truncated, or not what the manifest says."""


class ContractError(ViolationsError):
    """Tables break their contracts; `violations` has every broken rule with an example of where."""


class TableShapeError(DataError):
    """A table handed to the lake's writer has not the columns or types of its name."""
