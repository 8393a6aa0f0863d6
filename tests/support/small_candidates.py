"""Invented candidates of a campaign."""

from __future__ import annotations

import numpy as np
import pandas as pd

from serving.campaigns.candidates import Candidates

OFFERS = {"discount": 40.0, "support_call": 8.0, "contract_bonus": 60.0}


def invented_frame(customers: int = 400, seed: int = 0, households: bool = False) -> pd.DataFrame:
    """One row per customer and offer, in no order of profit; some offers do not pay."""
    draw = np.random.default_rng(seed)
    ids = [f"{number:06d}-TEST" for number in range(customers)]
    risk = draw.beta(1.5, 6, customers)
    value = draw.lognormal(6, 0.5, customers)
    segment = draw.choice(["New", "Loyal"], customers)
    pairs = [f"H{number // 2}" if households and number % 3 else None for number in range(customers)]
    parts = []
    for offer, price in OFFERS.items():
        effect = risk * draw.uniform(0, 0.6, customers)
        cost = (1 - risk + effect) * price + 1
        profit = effect * value - cost
        parts.append(
            pd.DataFrame(
                {
                    "customerID": ids,
                    "offer": offer,
                    "segment": segment,
                    "probability": risk,
                    "value": value,
                    "effect": effect,
                    "cost": cost,
                    "expected_profit": profit,
                    "lower": profit - 3,
                    "household": pairs,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def words(chosen: pd.DataFrame) -> pd.DataFrame:
    """A message that names customer and offer, so that a mix-up shows."""
    told = chosen["customerID"] + " " + chosen["offer"]
    return pd.DataFrame(
        {
            "channel": "email",
            "message_es": "ES " + told,
            "message_en": "EN " + told,
            "reasons_es": "ES razón " + chosen["customerID"],
            "reasons_en": "=reason " + chosen["customerID"],
        }
    )


def invented(customers: int = 400, seed: int = 0, households: bool = False) -> Candidates:
    """Candidates with measured effects."""
    return Candidates(invented_frame(customers, seed, households), words, "measured", "churn:one")
