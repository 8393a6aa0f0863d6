"""Reads Feast's Redis store with one command per customer instead of one per customer and view.

Feast keeps all views of a customer in one hash, but its `online_read` reads one view. Keys, fields and the
connection are Feast's own, so this reads the rows that Feast has written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from serving.errors import StoreError
from serving.features.feast_reader import FeastReader, FeastStore, entity_key, native
from serving.features.feature_status import micros
from serving.features.raw_columns import RawColumns, RawRow
from serving.features.store_statement import Statement, marker_key, statement_field, statement_of
from serving.features.store_wait import waiting_for_store
from serving.model.signature import Signature


class RedisReader(FeastReader):
    """Like `FeastReader`, for a store of type ``redis``."""

    def __init__(self, feast: FeastStore, signature: Signature, expected_base: str | None = None) -> None:
        from feast.infra.online_stores.redis import _versioned_fv_name

        super().__init__(feast, signature, expected_base)
        self._fields: list[str | bytes] = []
        self._view_of: list[str] = []
        value_at, self._event_at = {}, []
        statements: list[str | bytes] = []
        for view, features in self._views:
            name = _versioned_fv_name(view, self._config)
            statements.append(statement_field(name))
            _, fields = self._store._generate_hset_keys_for_features(view, list(features), name)
            for feature in features:
                value_at[view.name, feature] = len(self._fields) + features.index(feature)
            self._fields += fields
            self._view_of += [view.name] * len(fields)
            self._event_at.append(len(self._fields) - 1)  # the last of a view's fields is its timestamp
        (marker,) = self._store._generate_redis_keys_for_entities(self._config, [marker_key()])
        self._marker = (marker, statements)
        self._value_at = [value_at[feature.view, feature.name] for feature in signature.features]

    def read(self, customer_ids: Sequence[str]) -> RawColumns:
        """Values and event timestamps of each customer, in order.

        Raises
        ------
        StoreError
            The store cannot be read, does not hold the expected base, or a stored value cannot be parsed.
        """
        if not customer_ids:
            return RawColumns.of([])
        entities = [entity_key(customer) for customer in customer_ids]
        keys = self._store._generate_redis_keys_for_entities(self._config, entities)
        commands = [(key, self._fields) for key in keys]
        replies = self._fetched(commands if self._base is None else [*commands, self._marker])
        if self._base is not None:
            self.agreed(map(statement_of, replies.pop()))
        try:
            return RawColumns.of([self._decoded(reply) for reply in replies])
        except ValueError as error:
            view = self._damaged_view(replies)
            raise StoreError(
                f"View {view!r} of the online store (redis) holds what cannot be read: {error}; {_CURE}"
            ) from error

    def _said(self) -> list[Statement | None]:
        return [statement_of(text) for text in self._fetched([self._marker])[0]]

    def _fetched(self, commands: Sequence[tuple[bytes, list[str | bytes]]]) -> list[list[bytes | None]]:
        try:
            with waiting_for_store:
                replies: list[list[bytes | None]] = self._store._read_hash_fields(self._config, commands)
            return replies
        except Exception as error:  # of redis-py, of GLIDE or of the socket, which have no common base
            raise self.failure(error) from error

    def _decoded(self, reply: Sequence[bytes | None]) -> RawRow:
        values = tuple([_value(reply[at]) for at in self._value_at])
        return values, tuple([_micros(reply[at]) for at in self._event_at])

    def _damaged_view(self, replies: Sequence[Sequence[bytes | None]]) -> str:
        for reply in replies:
            for at, (view, stored) in enumerate(zip(self._view_of, reply, strict=True)):
                try:
                    (_micros if at in self._event_at else _value)(stored)
                except ValueError:
                    return view
        raise AssertionError("every value can be read")


# Most stored values repeat: "Yes", a small number, a view's timestamp. Parsing each again takes longer than
# fetching it.
@lru_cache(maxsize=65_536)
def _value(stored: bytes | None) -> str | int | float | None:
    from feast.protos.feast.types.Value_pb2 import Value

    value = native(_parsed(Value, stored)) if stored else None
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"it is a {type(value).__name__}")


@lru_cache(maxsize=65_536)
def _micros(stored: bytes | None) -> int | None:
    from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]

    return micros(_parsed(Timestamp, stored).ToDatetime(UTC)) if stored else None


def _parsed(kind: Any, stored: bytes) -> Any:
    """Parse a protobuf message. Raises ValueError, unlike protobuf's own parser."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return kind.FromString(stored)
    except DecodeError as error:
        raise ValueError(str(error)) from error


# Feast skips a row whose event timestamp is not newer, so materializing alone does not repair the store.
_CURE = (
    "run `feast -c feature_repo teardown`, which empties it, `feast -c feature_repo apply` and materialize."
)
