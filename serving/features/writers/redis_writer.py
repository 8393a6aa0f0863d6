"""Writes customers into Feast's Redis store, all views of a customer with one command.

Feast keeps all views of a customer in one hash, and one HSET changes any number of a hash's fields at once.
Keys and fields are Feast's own, so Feast reads what this writes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain, compress, repeat
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.lake import JOIN_KEY
from serving.features.materialize_members import absent, customers_of, present
from serving.features.store_statement import Statement, marker_key, statement_field, statement_of
from serving.features.writers.feast_bytes import NULL, serialized_moments, serialized_values
from serving.features.writers.feast_writer import FeastWriter

if TYPE_CHECKING:
    from feast import FeatureView, RepoConfig
    from feast.infra.online_stores.online_store import OnlineStore

    from feature_repo.sqlite_store.arrow_rows import ViewRows

_HEAD = struct.Struct("<II")  # of a key's value: its type and its length
_STRING = 2
_SCANNED = 10_000


class RedisWriter(FeastWriter):
    """Like `FeastWriter`, for a store of type ``redis``: a reader finds the old customer or the new one."""

    def __init__(
        self, config: RepoConfig, online: OnlineStore, views: Sequence[FeatureView], base: str
    ) -> None:
        super().__init__(config, online, views, base)
        self._stored: dict[str, pa.Array] = {}
        self._changes: list[tuple[str, pa.Array, pa.Array]] = []

    def complete_until(self, view: FeatureView) -> datetime | None:
        """As `FeastWriter`; None where Redis itself lets keys expire, so that all are written again."""
        return None if self._config.online_store.key_ttl_seconds else super().complete_until(view)

    def stored(self, view: FeatureView, asked: Callable[[], pa.Array]) -> pa.Array:
        """Every customer in a view, whoever is asked for."""
        if not self._stored:
            self._look()
        return self._stored[view.name]

    def written(self) -> None:
        """As `StoreWriter`. One command wrote a customer whole: whoever has a key has all of it."""
        there = pa.array(self._customers().values(), pa.string())
        for name, added, gone in self._changes:
            everyone = pc.unique(pa.concat_arrays([self._stored[name], added]))
            self._stored[name] = absent(everyone, gone)
        self._stored = {name: present(held, there) for name, held in self._stored.items()}

    def _look(self) -> None:
        """Find who is stored, with one command a customer."""
        stamps = [self._stamp(view) for view in self._views]
        customers = self._customers()
        with self._client.pipeline(transaction=False) as pipe:
            for key in customers:
                pipe.hmget(key, stamps)
            replies = pipe.execute()
        columns = zip(*replies, strict=True) if replies else [()] * len(stamps)
        for view, column in zip(self._views, columns, strict=True):
            self._stored[view.name] = pa.array(compress(customers.values(), column), pa.string())

    def write(self, parts: Sequence[ViewRows]) -> None:
        """As `StoreWriter`, with one HSET a customer."""
        fields: dict[str, tuple[bytes, ...]] = {}
        gone: dict[str, list[bytes]] = {}
        for keys, columns in self._columns(parts):
            for customer, row in zip(keys.to_pylist(), zip(*columns, strict=False), strict=True):
                fields[customer] = fields.get(customer, ()) + row
        for part in parts:
            names = self._names(part.view)
            for customer in part.gone:
                gone.setdefault(customer, []).extend(names)
        with self._client.pipeline(transaction=False) as pipe:
            for customer in {**fields, **gone}:
                self._put(pipe, self._key(customer), fields.get(customer, ()), gone.get(customer, []))
            pipe.execute()

    def _columns(self, parts: Sequence[ViewRows]) -> list[tuple[pa.Array, list[Iterable[bytes]]]]:
        """Names and values of all fields, in turns; views of the very same customers together."""
        found: list[tuple[pa.Array, list[Iterable[bytes]]]] = []
        for view, table, gone in parts:
            rows = self._newer(view, table)
            keys = customers_of(rows)
            self._changes.append((view.name, keys, pa.array(gone, pa.string())))
            columns = next((columns for others, columns in found if others.equals(keys)), None)
            if columns is None:
                found.append((keys, columns := []))
            values = [serialized_values(view, rows, field) for field in view.features]
            values.append(serialized_moments(rows.column(view.batch_source.timestamp_field)))
            for name, column in zip(self._names(view), values, strict=True):
                columns += [repeat(name), column]
        return found

    def _check_emptied(self, view: FeatureView) -> None:
        """Accept any base: all customers can be listed, so those of another base are removed."""

    def _put(self, pipe: Any, key: bytes, fields: tuple[bytes, ...], gone: list[bytes]) -> None:
        if fields:
            # An empty field is no value to every reader, so one command writes and removes.
            emptied = chain.from_iterable((name, NULL) for name in gone) if gone else ()
            pipe.execute_command("HSET", key, *fields, *emptied)
        if gone:
            pipe.hdel(key, *gone)
        if self._config.online_store.key_ttl_seconds:
            pipe.expire(key, self._config.online_store.key_ttl_seconds)

    def _statement(self, view: FeatureView) -> Statement | None:
        return statement_of(self._client.hget(self._marker(), statement_field(self._name(view))))

    def _say(self, statements: Mapping[FeatureView, Statement | None]) -> None:
        """Say all at once."""
        said = {
            statement_field(self._name(view)): statement.text() if statement else ""
            for view, statement in statements.items()
        }
        if said:
            self._client.hset(self._marker(), mapping=said)

    def _customers(self) -> dict[bytes, str]:
        """The customer of each key of this project's."""
        prefix, project = self._prefix, self._project
        found = {}
        for key in self._client.scan_iter(prefix + b"*" + project, count=_SCANNED):
            kind, length = _HEAD.unpack_from(key, len(prefix))
            start = len(prefix) + _HEAD.size
            # The pattern also finds the marker, and the keys of a project whose name ends like this one's.
            if kind == _STRING and key[start + length :] == project:
                found[key] = key[start : start + length].decode()
        return found

    def _names(self, view: FeatureView) -> list[bytes]:
        """Names of a view's fields: those of its features in order, then that of the event timestamp."""
        from feast.infra.online_stores.helpers import _mmh3

        names = [_mmh3(f"{self._name(view)}:{field.name}") for field in view.features]
        return [*names, self._stamp(view)]

    def _stamp(self, view: FeatureView) -> bytes:
        return f"_ts:{self._name(view)}".encode()

    def _name(self, view: FeatureView) -> str:
        from feast.infra.online_stores.redis import _versioned_fv_name

        return str(_versioned_fv_name(view, self._config))

    def _key(self, customer: str) -> bytes:
        """Key of a customer's hash, as Feast makes it of an entity key."""
        value = customer.encode()
        return b"".join([self._prefix, _HEAD.pack(_STRING, len(value)), value, self._project])

    @cached_property
    def _prefix(self) -> bytes:
        from feast.infra.online_stores.helpers import _redis_key_prefix

        return bytes(_redis_key_prefix([JOIN_KEY]))

    @cached_property
    def _project(self) -> bytes:
        return str(self._config.project).encode()

    def _marker(self) -> bytes:
        """Key of what the store says of itself."""
        keys = self._online._generate_redis_keys_for_entities(self._config, [marker_key()])
        return bytes(keys[0])

    @property
    def _client(self) -> Any:
        return self._online._get_client(self._config.online_store)
