"""What a Feast store says of itself, in itself: of each view the base, and how far it is complete.

Our own SQLite store has a table for this. In any other store it is a row of the view under a key that no
customer has, so what empties the view, such as `feast teardown`, takes its statement with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feature_repo.lake import JOIN_KEY
from serving.errors import StoreError

if TYPE_CHECKING:
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey

# A customer's key is a string, and this one is bytes: stores keep the type, so no id can be this key.
_MARKER = b"stayline"


class Statement(NamedTuple):
    """What a store says of one view.

    Attributes
    ----------
    base : str
        Base that all its rows come from.
    complete_until : int
        Moment, in microseconds since 1970 UTC, up to which it holds every row within the TTL.
    filled : tuple of str
        Features that had a value when it was filled.
    """

    base: str
    complete_until: int
    filled: tuple[str, ...]

    def text(self) -> str:
        """JSON text of it."""
        return json.dumps(self._asdict(), sort_keys=True)


@lru_cache(maxsize=64)  # read with every request, and seldom another
def statement_of(text: str | bytes | None) -> Statement | None:
    """Read what `Statement.text` wrote; None if nothing is said, or it cannot be read."""
    try:
        content = json.loads(text or "null")
        return Statement(str(content["base"]), int(content["complete_until"]), tuple(content["filled"]))
    except (ValueError, TypeError, KeyError):
        return None


def marker_key() -> EntityKey:
    """Key of the row that holds a statement."""
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.protos.feast.types.Value_pb2 import Value

    return EntityKey(join_keys=[JOIN_KEY], entity_values=[Value(bytes_val=_MARKER)])


def statement_field(view: str) -> str:
    """Field of Redis's marker hash with the statement of a view.

    Feast deletes the field of this name when it deletes the view.
    """
    return f"_ts:{view}"


def agreed_base(kind: str, said: Iterable[Statement | None], expected: str | None) -> str | None:
    """Base that a store says it holds; None if its views hold several and any is accepted.

    Parameters
    ----------
    kind : str
        Type of the store, for the message.
    said : iterable of Statement or None
        What it says of each view.
    expected : str or None
        Base that it must hold; None accepts any.

    Raises
    ------
    StoreError
        It does not say what it holds, or that it holds another base than the expected one.
    """
    statements = list(said)
    bases = {statement.base for statement in statements if statement is not None}
    if None in statements:
        raise StoreError(
            f"The online store ({kind}) does not say which base it holds: it is empty or half filled, or was "
            f"not filled by this command; {_CURE}"
        )
    if expected is not None and bases != {expected}:
        held = ", ".join(sorted(bases))
        raise StoreError(
            f"The model is of base {expected}, and the online store ({kind}) holds {held}; "
            "run `feast -c feature_repo apply` and `python -m serving materialize`, or serve a model of that "
            "base."
        )
    return bases.pop() if len(bases) == 1 else None


_CURE = "run `feast -c feature_repo apply` and `python -m serving materialize`."
