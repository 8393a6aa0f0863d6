"""Writes customers into Feast's Redis store, all views of a customer with one command.

Feast keeps all views of a customer in one hash, and one HSET changes any number of a hash's fields at once.
Keys and fields are Feast's own, so Feast reads what this writes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

from feature_repo.lake import JOIN_KEY
from serving.features.feast_reader import entity_key
from serving.features.store_statement import Statement, marker_key, statement_field, statement_of
from serving.features.writers.feast_writer import FeastWriter, Row, aware, customer_of

if TYPE_CHECKING:
    from feast import FeatureView, RepoConfig
    from feast.infra.online_stores.online_store import OnlineStore
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey

    from feature_repo.sqlite_store.rows import ViewRows

_HEAD = struct.Struct("<II")  # of a key's value: its type and its length
_STRING = 2
_SCANNED = 10_000


class _Change(NamedTuple):
    """Fields of one customer's hash to set, and fields to delete."""

    fields: dict[bytes, bytes]
    gone: dict[bytes, bytes]


class RedisWriter(FeastWriter):
    """Like `FeastWriter`, for a store of type ``redis``: a reader finds the old customer or the new one."""

    def __init__(self, config: RepoConfig, online: OnlineStore, base: str) -> None:
        super().__init__(config, online, base)
        self._stored: dict[str, set[str]] = {}
        self._written: list[FeatureView] = []

    def complete_until(self, view: FeatureView) -> datetime | None:
        """As `FeastWriter`; None where Redis itself lets keys expire, so that all are written again."""
        return None if self._config.online_store.key_ttl_seconds else super().complete_until(view)

    def stored(self, view: FeatureView, asked: Callable[[], Collection[str]]) -> set[str]:
        """Every customer in a view, whoever is asked for."""
        if view.name not in self._stored:
            self._look(dict.fromkeys([view, *self._written]))
        return self._stored[view.name]

    def _look(self, views: Iterable[FeatureView]) -> None:
        """Find who is stored in some views, with one command a customer."""
        stamps = {view.name: self._stamp(view) for view in views}
        customers = self._customers()
        with self._client.pipeline(transaction=False) as pipe:
            for key in customers:
                pipe.hmget(key, list(stamps.values()))
            replies = pipe.execute()
        columns = zip(*replies, strict=True) if replies else [()] * len(stamps)
        for name, column in zip(stamps, columns, strict=True):
            self._stored[name] = set(compress(customers.values(), column))

    def write(self, parts: Sequence[ViewRows]) -> None:
        """As `StoreWriter`, with one HSET a customer."""
        changes: dict[str, _Change] = {}
        self._stored.clear()
        self._written = [part.view for part in parts]
        for view, table, gone in parts:
            fields_of = self._fields(view)
            for row in self._newer(view, self._rows(view, table)):
                changes.setdefault(customer_of(row), _Change({}, {})).fields.update(fields_of(row))
            for customer in gone:
                changes.setdefault(customer, _Change({}, {})).gone.update(self._no_fields(view))
        keys = self._keys([entity_key(customer) for customer in changes])
        with self._client.pipeline(transaction=False) as pipe:
            for key, change in zip(keys, changes.values(), strict=True):
                self._put(pipe, key, change)
            pipe.execute()

    def _check_emptied(self, view: FeatureView) -> None:
        """Accept any base: all customers can be listed, so those of another base are removed."""

    def _put(self, pipe: Any, key: bytes, change: _Change) -> None:
        if change.fields:
            # An empty field is no value to every reader, so one command writes and removes.
            pipe.hset(key, mapping={**change.fields, **change.gone})
        if change.gone:
            pipe.hdel(key, *change.gone)
        if self._config.online_store.key_ttl_seconds:
            pipe.expire(key, self._config.online_store.key_ttl_seconds)

    def _statement(self, view: FeatureView) -> Statement | None:
        (key,) = self._keys([marker_key()])
        return statement_of(self._client.hget(key, statement_field(self._name(view))))

    def _say(self, statements: Mapping[FeatureView, Statement | None]) -> None:
        """Say all at once."""
        (key,) = self._keys([marker_key()])
        said = {
            statement_field(self._name(view)): statement.text() if statement else ""
            for view, statement in statements.items()
        }
        if said:
            self._client.hset(key, mapping=said)

    def _customers(self) -> dict[bytes, str]:
        """The customer of each key of this project's."""
        from feast.infra.online_stores.helpers import _redis_key_prefix

        prefix, project = _redis_key_prefix([JOIN_KEY]), self._config.project.encode()
        found = {}
        for key in self._client.scan_iter(prefix + b"*" + project, count=_SCANNED):
            kind, length = _HEAD.unpack_from(key, len(prefix))
            start = len(prefix) + _HEAD.size
            # The pattern also finds the marker, and the keys of a project whose name ends like this one's.
            if kind == _STRING and key[start + length :] == project:
                found[key] = key[start : start + length].decode()
        return found

    def _fields(self, view: FeatureView) -> Callable[[Row], dict[bytes, bytes]]:
        """Function that makes a row's fields."""
        from feast.infra.online_stores.helpers import _mmh3

        stamp = self._stamp(view)
        names = {field.name: _mmh3(f"{self._name(view)}:{field.name}") for field in view.features}

        def make(row: Row) -> dict[bytes, bytes]:
            fields = {names[name]: value.SerializeToString() for name, value in row.values.items()}
            fields[stamp] = _serialized(row.event)
            return fields

        return make

    def _no_fields(self, view: FeatureView) -> dict[bytes, bytes]:
        _, fields = self._online._generate_hset_keys_for_features(view, None, self._name(view))
        return {field if isinstance(field, bytes) else field.encode(): b"" for field in fields}

    def _stamp(self, view: FeatureView) -> bytes:
        return f"_ts:{self._name(view)}".encode()

    def _name(self, view: FeatureView) -> str:
        from feast.infra.online_stores.redis import _versioned_fv_name

        return str(_versioned_fv_name(view, self._config))

    def _keys(self, entities: Sequence[EntityKey]) -> list[bytes]:
        keys: list[bytes] = self._online._generate_redis_keys_for_entities(self._config, list(entities))
        return keys

    @property
    def _client(self) -> Any:
        return self._online._get_client(self._config.online_store)


@lru_cache(maxsize=65_536)  # most rows of a view are of one moment
def _serialized(event: datetime) -> bytes:
    from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]

    stamp = Timestamp()
    stamp.FromDatetime(aware(event).astimezone(UTC))
    return bytes(stamp.SerializeToString())
