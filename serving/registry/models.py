"""The versions of the model in the BentoML store, with their roles and problems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from serving.errors import ModelError
from serving.model.roles import Role
from serving.registry.model_files import MODEL_NAME, RegisteredModel, open_registered
from serving.registry.pointers import challenger, champion
from serving.registry.store import registered_at, stored, versions


@dataclass(frozen=True, eq=False)
class ModelEntry:
    """One version of the model. `problem` says why it cannot be used; None if it can."""

    tag: str
    role: Role | None
    created: datetime | None = None
    registered: RegisteredModel | None = None
    problem: str | None = None


def list_models() -> list[ModelEntry]:
    """All versions of the model, newest first, the half-written ones last."""
    roles = _Roles.now()
    entries = [_entry(f"{MODEL_NAME}:{version}", roles) for version in versions(MODEL_NAME)]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(entries, key=lambda entry: (entry.created or oldest, entry.tag), reverse=True)


def show_model(tag: str) -> ModelEntry:
    """One version, after verifying every checksum and probing the model.

    Raises
    ------
    UnknownModel
        If the store has no such version.
    IntegrityError
        If it is half-written.
    """
    return _read(tag, stored(tag), _Roles.now().of(tag), load=True)


@dataclass(frozen=True)
class _Roles:
    champion: str | None
    challenger: str | None

    @classmethod
    def now(cls) -> _Roles:
        standing = challenger()
        return cls(champion(), standing.tag if standing else None)

    def of(self, tag: str) -> Role | None:
        if tag == self.champion:
            return "champion"
        return "challenger" if tag == self.challenger else None


def _entry(tag: str, roles: _Roles) -> ModelEntry:
    try:
        model = stored(tag)
    except ModelError as error:
        return ModelEntry(tag, roles.of(tag), problem=str(error))
    return _read(tag, model, roles.of(tag), load=False)


def _read(tag: str, model: Any, role: Role | None, *, load: bool) -> ModelEntry:
    registered = None
    try:
        registered = open_registered(model)
        if load:
            registered.load()
    except ModelError as error:
        return ModelEntry(tag, role, registered_at(model), registered, str(error))
    return ModelEntry(tag, role, registered.created, registered)
