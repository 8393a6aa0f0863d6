"""The entity that every feature describes."""

from __future__ import annotations

from feast import Entity, ValueType

customer = Entity(
    name="customer",
    join_keys=["customerID"],
    value_type=ValueType.STRING,
    description="A customer of the telecom, one contract holder.",
)
