"""What the counters of this process tell."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import REGISTRY


def counts(name: str) -> dict[str, float]:
    """Value of a counter by the value of its one label; without the ``_total`` in its name."""
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    return {next(iter(s.labels.values())): s.value for s in samples if s.name == f"{name}_total"}


def rise(name: str, act: Callable[[], object]) -> dict[str, float]:
    """By how much a counter rises while something is done; what stays the same is left out."""
    before = counts(name)
    act()
    after = counts(name)
    return {
        label: value - before.get(label, 0) for label, value in after.items() if value != before.get(label)
    }
