"""What the offers of the playbook are expected to do for customers, as the service would reckon it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from serving.card.thresholds import Thresholds
from serving.decision.bands import bands_of
from serving.decision.customers import Customers
from serving.decision.decider import Decider, Possible
from serving.decision.places import playbook_path
from serving.decision.playbook.reading import read_playbook
from serving.decision.playbook.schema import Offer
from serving.decision.policy import Policy
from serving.model.churn_model import ChurnModel
from serving.settings import Settings


@dataclass(frozen=True)
class PlaybookOffers:
    """The k offers of a playbook beside n customers.

    Attributes
    ----------
    offers : mapping of str to Offer
    measured : tuple of bool, (k,)
        Whether the effect of each is measured, and not assumed.
    eligible : ndarray of bool, (n, k)
    effect, profit : ndarray, (n, k)
        What each offer adds to the probability of staying, and its expected profit. NaN in band low.
    best : ndarray of int, (n,)
        Position of the offer that pays most; -1 where none pays. Nobody explores here.
    """

    offers: dict[str, Offer]
    measured: tuple[bool, ...]
    eligible: np.ndarray
    effect: np.ndarray
    profit: np.ndarray
    best: np.ndarray


def playbook_offers(
    model: ChurnModel,
    frame: pd.DataFrame,
    probability: np.ndarray,
    segments: np.ndarray,
    thresholds: Thresholds,
    settings: Settings,
    moment: datetime,
) -> PlaybookOffers:
    """Every offer that customers may get, whoever is suppressed.

    Parameters
    ----------
    model : ChurnModel
    frame : DataFrame, (n, m)
        Features of the customers.
    probability : ndarray, (n,)
        Calibrated P(churn).
    segments : ndarray of int, (n,)
    thresholds : Thresholds
        Of the model; bands begin at them.
    settings : Settings
        Of serving.
    moment : datetime
        With a time zone; offers that are valid then count.

    Raises
    ------
    PlaybookError
        The playbook cannot be used, or does not fit the model.
    SettingsError
        STAYLINE_PLAYBOOK is a relative path.
    """
    playbook = read_playbook(playbook_path(settings), moment.date())
    policy = Policy(playbook, protected=settings.protected_attributes)
    bands = bands_of(settings.bands, thresholds)
    band = np.searchsorted([bands.medium, bands.high], probability, side="right")
    columns = [_values(frame[name]) for name in model.signature.names]
    ids = [str(row) for row in range(len(frame))]  # nobody is looked up by it
    customers = Customers(
        ids, columns, probability, band, segments, lambda at: model.encoder.encode_frame(frame.iloc[at])
    )
    possible = Decider(model, policy, thresholds.chosen).possible(customers, moment)
    return _beside_all(possible, playbook.content.offers, model, len(frame))


def _values(column: pd.Series) -> np.ndarray:
    """A feature's values, None where missing: nothing is said of pandas' NA in a rule."""
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    return values


def _beside_all(
    possible: Possible, offers: dict[str, Offer], model: ChurnModel, count: int
) -> PlaybookOffers:
    rows, brings = possible.rows, possible.brings
    eligible = _spread(possible.eligible, rows, count, fill=False)
    profit = _spread(brings.expected, rows, count)
    pays = eligible & (_spread(brings.lower, rows, count) > 0)
    best = np.where(pays.any(axis=1), np.where(pays, profit, -np.inf).argmax(axis=1), -1)
    known = () if model.effects is None else model.effects.offers
    measured = tuple(name in known for name in offers)
    return PlaybookOffers(offers, measured, eligible, _spread(brings.effect, rows, count), profit, best)


def _spread(found: np.ndarray, rows: np.ndarray, count: int, fill: float | bool = np.nan) -> np.ndarray:
    """Values of some rows among those of all, (count, k)."""
    whole = np.full((count, found.shape[1]), fill)
    whole[rows] = found
    return whole
