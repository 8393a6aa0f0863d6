"""Which offer: the one with the highest expected profit among those that pay, or by lot, or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from serving.decision.verdict import position, position_of_offer


class Choosing:
    """Chooses among k offers; what it returns are positions of verdicts.

    Parameters
    ----------
    explored : sequence of bool, (k,)
        Whether each offer may be made by lot.
    unmeasured : sequence of bool, (k,)
        Whether the effect of each offer is not measured although that of others is. Such an offer is made by
        lot only, because its assumed profit cannot be compared with the bounds of the others.
    """

    def __init__(self, explored: Sequence[bool], unmeasured: Sequence[bool]) -> None:
        self._explored = list(explored)
        self._unmeasured = list(unmeasured)
        self._comparable = ~np.array(self._unmeasured, dtype=bool)

    def by_lot(self, eligible: Sequence[bool], drawn: int) -> int | None:
        """The offer that a drawn number chooses among the eligible ones; None if none may be explored."""
        among = [offer for offer, may in enumerate(self._explored) if may and eligible[offer]]
        return among[drawn % len(among)] if among else None

    def best(self, eligible: Sequence[bool], profits: Sequence[float], bounds: Sequence[float]) -> int:
        """Position of the offer with the highest profit among the eligible that pay; -1 if there is none."""
        best = -1
        for offer, may in enumerate(eligible):
            if may and bounds[offer] > 0 and (best < 0 or profits[offer] > profits[best]):
                best = offer
        return best

    def why_none(self, eligible: Sequence[bool], profits: Sequence[float]) -> str:
        """Why none of at least one eligible offer is made."""
        comparable = [
            profit
            for may, profit, unmeasured in zip(eligible, profits, self._unmeasured, strict=True)
            if may and not unmeasured
        ]
        if not comparable:
            return "unmeasured"
        return "not_sure" if max(comparable) > 0 else "does_not_pay"

    def many(
        self, eligible: np.ndarray, profits: np.ndarray, bounds: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """`best` and `why_none` of customers with an eligible offer.

        Parameters
        ----------
        eligible, profits, bounds : ndarray, (n, k)

        Returns
        -------
        tuple of ndarray
            Positions of verdicts and expected profits, both (n,).
        """
        pays = eligible & (bounds > 0)
        best = np.where(pays, profits, -np.inf).argmax(axis=1)
        comparable = eligible & self._comparable
        why_none = np.select(
            [(comparable & (profits > 0)).any(axis=1), comparable.any(axis=1)],
            [position("not_sure"), position("does_not_pay")],
            position("unmeasured"),
        )
        any_pays = pays.any(axis=1)
        verdicts = np.where(any_pays, position_of_offer(0) + 2 * best, why_none)
        return verdicts, np.where(any_pays, profits[np.arange(len(best)), best], 0.0)
