"""Who explores, and what they are offered: by a hash of customerID and month, the same in every process."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

_WHOLE = 2**64


class Lot:
    """The draws of one month.

    Parameters
    ----------
    day : date
        Of the decision, UTC; its month counts.
    share : float
        Share of the customers that explores, 0..1.
    """

    def __init__(self, day: date, share: float) -> None:
        self._hash = blake2b(f"{day:%Y-%m}\0".encode(), digest_size=16, person=b"exploration")
        self._below = int(share * _WHOLE)

    def draw(self, customer_id: str) -> int | None:
        """A number whose remainder chooses the customer's offer; None for who does not explore."""
        if not self._below:
            return None
        mine = self._hash.copy()
        mine.update(customer_id.encode())
        digest = mine.digest()
        if int.from_bytes(digest[:8], "big") >= self._below:
            return None
        return int.from_bytes(digest[8:], "big")
