"""Playbooks for tests: the shipped one with changes, and decisions by fakes of what is measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from serving.decision.customers import Customers
from serving.decision.playbook.reading import PlaybookFile, read_playbook
from serving.model.churn_model import ChurnModel
from serving.model.measured import EffectColumns
from serving.settings import DEFAULT_FILE

SHIPPED = DEFAULT_FILE.with_name("playbook.yaml")
TODAY = date(2026, 11, 1)


def written(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The shipped playbook with a change, written to a file."""
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(content)
    path = folder / "playbook.yaml"
    path.write_text(json.dumps(content, default=str, indent=1), encoding="utf-8")  # JSON is YAML
    return path


def playbook(folder: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> PlaybookFile:
    """The shipped playbook with a change."""
    return read_playbook(written(folder, change), TODAY)


def offer(cost: float = 10.0, channels: tuple[str, ...] = ("email",), **others: Any) -> dict[str, Any]:
    """An offer without rules, in plain YAML types."""
    words = {"en": "Something", "es": "Algo"}
    return {
        "name": words,
        "changes": words,
        "message": words,
        "cost": cost,
        "channels": list(channels),
        **others,
    }


class FakeEffects:
    """Effects that are columns of the encoded rows, so that one row and many give the same bits.

    Parameters
    ----------
    of_offers : mapping of str to (float, float)
        By offer, the effect per unit of the first encoded column's sign, and its standard error.
    """

    def __init__(self, of_offers: Mapping[str, tuple[float, float]]) -> None:
        self.offers = tuple(of_offers)
        self._numbers = np.array(list(of_offers.values()))
        self.asked = 0

    def of(self, encoded: np.ndarray) -> EffectColumns:
        self.asked += len(encoded)
        mean = np.repeat(self._numbers[None, :, 0], len(encoded), axis=0)
        return EffectColumns(mean, np.repeat(self._numbers[None, :, 1], len(encoded), axis=0))


class FakeSurvival:
    """Customers are worth ten monthly charges, less the more likely they leave."""

    def value(self, probability: np.ndarray, monthly_charges: np.ndarray) -> np.ndarray:
        return 10 * monthly_charges * (1 - probability / 2)

    def leaving(self, probability: np.ndarray) -> np.ndarray:
        return probability


def customers_of(
    model: ChurnModel,
    ids: Sequence[str],
    rows: Sequence[Sequence[Any]],
    scores: Sequence[tuple[float, int, int]],
) -> Customers:
    """Customers with values in the order of the signature, and probability, band and segment of each."""
    probability, band, segment = map(np.array, zip(*scores, strict=True))
    encoder = model.encoder.row_encoder(model.signature.names)
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    return Customers(
        ids,
        columns,
        probability,
        band,
        segment,
        lambda at: encoder.encode_columns([[column[each] for each in at] for column in columns]),
    )
