"""What those who were offered something answered, and how that compares with the former campaigns."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from serving.campaigns.outcome.estimate import Sample, compare
from serving.campaigns.outcome.figures import Comparison
from serving.campaigns.outcome.lake_rows import LakeRows
from serving.campaigns.outcome.observed import best_answers


class Response(BaseModel):
    """Customers who were offered something, by the answer that counts.

    `reached` are all who were spoken to, whatever they said. `acceptance` compares the share of the contacted
    who accepted with that of the former campaigns, in the place of the hold-out; None where there is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    offered: int
    contacted: int
    reached: int
    accepted: int
    refused: int
    acceptance: Comparison | None


def response_of(customers: pd.DataFrame, former: pd.DataFrame) -> Response:
    """Count the answers of the customers who were offered something.

    Parameters
    ----------
    customers : DataFrame
        With `customerID`, `arm` and `answer`.
    former : DataFrame
        With `customerID` and `outcome`, one row per customer and former campaign.
    """
    offered = customers[customers["arm"] == "offer"]
    answers = offered["answer"].dropna()
    return Response(
        offered=len(offered),
        contacted=len(answers),
        reached=int((answers != "not reached").sum()),
        accepted=int((answers == "accepted").sum()),
        refused=int((answers == "refused").sum()),
        acceptance=acceptance(offered.loc[answers.index, ["customerID", "answer"]], former),
    )


def acceptance(ours: pd.DataFrame, former: pd.DataFrame) -> Comparison | None:
    """Share of the contacted who accepted, against former contacts; a customer is one cluster."""
    if ours.empty or former.empty:
        return None
    customer = pd.concat([ours["customerID"], former["customerID"]])
    accepted = pd.concat([ours["answer"], former["outcome"]]) == "accepted"
    return compare(
        Sample(
            outcome=accepted.to_numpy(float),
            offered=np.arange(len(customer)) < len(ours),
            weight=np.ones(len(customer)),
            cluster=pd.factorize(customer)[0],
            covariates=np.empty((len(customer), 0)),
        )
    )


def former_answers(lake: LakeRows, before: datetime, since: datetime | None = None) -> pd.DataFrame:
    """Answers to the campaigns of the lake's `offers`, one row per campaign and customer.

    Parameters
    ----------
    lake : LakeRows
    before, since : datetime
        The contacts' time.

    Raises
    ------
    OfflineError
        A table cannot be read.
    """
    campaigns = set(lake.rows("offers", until=before)["campaign"])
    contacts = lake.rows("contacts", since, before)
    return best_answers(contacts[contacts["campaign"].isin(campaigns)], ["customerID", "campaign"])
