"""Whom a campaign may offer what: the input of planning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from serving.errors import CampaignError

NUMBERS = ("probability", "value", "effect", "cost", "expected_profit")
COLUMNS = ("customerID", "offer", "segment", *NUMBERS, "lower", "household")
WORDS = ("channel", "message_es", "message_en", "reasons_es", "reasons_en")
NO_OFFER = "none"
"""The offer of a customer who gets none, as in the lake's table `offers`."""

Effects = Literal["measured", "assumed"]


@dataclass(frozen=True)
class Candidates:
    """Customers, the offers that they are eligible for, and what each is expected to bring.

    Attributes
    ----------
    frame : DataFrame
        One row per customer and offer, with COLUMNS. `probability` is that of leaving, 0..1; `effect` what
        the offer adds to the probability of staying; `value` what a kept customer is worth; `cost` what the
        budget is charged; `expected_profit` what the offer brings beyond its cost, and `lower` its lower
        bound, all in one currency. `lower` is null where the effect is assumed, `household` where there is
        none.
    words : callable
        Takes chosen rows, with `customerID` and `offer`, and gives WORDS in the same order. It is called for
        the customers of the campaign alone.
    effects : {"measured", "assumed"}
    model : str
        Exact tag of the model.
    """

    frame: pd.DataFrame
    words: Callable[[pd.DataFrame], pd.DataFrame]
    effects: Effects
    model: str

    def __post_init__(self) -> None:
        """Refuse rows that cannot be planned with.

        Raises
        ------
        CampaignError
            A column is missing, a number is out of its range, an offer is `none`, or a pair is there twice.
        """
        missing = [name for name in COLUMNS if name not in self.frame]
        if missing:
            raise CampaignError(f"the candidates lack {', '.join(missing)}; see docs/campaigns.md")
        for name, wrong in _wrong(self.frame).items():
            if wrong.any():
                raise CampaignError(f"the candidates: customer {self._first(wrong)}: {name}")

    def _first(self, wrong: np.ndarray) -> str:
        row = self.frame.iloc[int(np.argmax(wrong))]
        return f"{row['customerID']}, offer {row['offer']}"

    @property
    def offers(self) -> list[str]:
        """Names of the offers, sorted."""
        return sorted(self.frame["offer"].unique())

    def worthwhile(self) -> pd.DataFrame:
        """The rows that are expected to pay, and whose lower bound is above 0 where there is one."""
        frame = self.frame
        return frame[(frame["expected_profit"] > 0) & ~(frame["lower"] <= 0)]


def _wrong(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """By what may be wrong, whether it is so in each row."""
    numbers = {name: frame[name].to_numpy(float, na_value=np.nan) for name in NUMBERS}
    unusable = {f"{name} is missing or no finite number": ~np.isfinite(n) for name, n in numbers.items()}
    outside = (numbers["probability"] < 0) | (numbers["probability"] > 1)
    return {
        "no customerID": frame["customerID"].isna().to_numpy(),
        "no offer": frame["offer"].isna().to_numpy(),
        **unusable,
        "probability is outside 0..1": outside,
        "cost is below 0": numbers["cost"] < 0,
        f"{NO_OFFER!r} is the name of the arm without an offer": (frame["offer"] == NO_OFFER).to_numpy(),
        "is there twice": frame.duplicated(["customerID", "offer"]).to_numpy(),
    }
