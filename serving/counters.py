"""The counters that `/metrics` shows beside BentoML's own.

No label holds a tag or a customerID, because their number grows without limit. `/readyz` and the log show
the tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from serving.errors import FormatError, IntegrityError, NotReady, ServingError, StoreError, UnknownModel

if TYPE_CHECKING:
    from prometheus_client import Counter


@dataclass(frozen=True, eq=False)
class LabelledCounter:
    """A counter with one label of few values.

    Attributes
    ----------
    name : str
        Without the ``_total`` that Prometheus adds.
    help : str
        What is counted.
    label : str
    values : tuple of str
    """

    name: str
    help: str
    label: str
    values: tuple[str, ...]

    def add(self, value: str, number: int = 1) -> None:
        """Add a number to the count of a label's value. Raises KeyError if it is not one of `values`."""
        if value not in self.values:
            raise KeyError(value)
        with _MAKING:
            series = _series(self, value)
        series.inc(number)


SWAPS = LabelledCounter(
    "stayline_model_swaps",
    "Times that a worker began to serve another model, or none as challenger",
    "role",
    ("champion", "challenger"),
)
LOOKS = LabelledCounter(
    "stayline_registry_looks", "Times that a worker looked at the registry", "outcome", ("done", "failed")
)
REFUSED_MODELS = LabelledCounter(
    "stayline_models_refused",
    "Times that a worker did not take a model that the registry names",
    "reason",
    ("unknown_model", "files", "format", "feature_service", "online_store", "other"),
)
POLICY_FILES = LabelledCounter(
    "stayline_policy_files",
    "Times that a worker took up a changed playbook or suppression file, or refused it",
    "outcome",
    ("taken", "refused"),
)
ANSWERED = LabelledCounter(
    "stayline_scores", "Scores that were answered, by who gave them", "role", ("champion", "challenger")
)
SHADOWED = LabelledCounter(
    "stayline_shadow_customers",
    "Customers for the challenger in mode shadow",
    "outcome",
    ("scored", "failed", "left_out"),
)

ALL = (SWAPS, LOOKS, REFUSED_MODELS, POLICY_FILES, ANSWERED, SHADOWED)

_MAKING = Lock()
_REASONS: Mapping[type[ServingError], str] = {
    UnknownModel: "unknown_model",
    IntegrityError: "files",
    FormatError: "format",
    NotReady: "feature_service",
    StoreError: "online_store",
}


def start_counting() -> None:
    """Make every counter of `ALL` start at zero, so that its first event shows as a rise."""
    for counted in ALL:
        for value in counted.values:
            counted.add(value, 0)


def count_refused(error: ServingError) -> None:
    """Count a refused model by the kind of its error."""
    known = (reason for kind, reason in _REASONS.items() if isinstance(error, kind))
    REFUSED_MODELS.add(next(known, "other"))


@cache
def _series(counted: LabelledCounter, value: str) -> Counter:
    return _counter(counted).labels(value)


@cache
def _counter(counted: LabelledCounter) -> Counter:
    from prometheus_client import Counter  # only after BentoML's worker has set it up

    return Counter(counted.name, counted.help, [counted.label])
