"""The entity that every feature describes."""

from __future__ import annotations

from feast import Entity, ValueType

from feature_repo.lake import JOIN_KEY

customer = Entity(
    name="customer",
    join_keys=[JOIN_KEY],
    value_type=ValueType.STRING,
    description="A customer of the telecom, one contract holder.",
)
