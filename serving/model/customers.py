"""Whom a model learned from, and whom it was judged on: a 64-bit hash for each customer, and no id.

A later run of the same base keeps every customer on the same side, and compares two models on customers
neither has learned from.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.errors import FormatError
from serving.model.documents import CUSTOMERS_FILE

_HASH = np.dtype("<u8")


@dataclass(frozen=True, eq=False)
class Customers:
    """The customers of a model's training part and of its untouched part.

    Attributes
    ----------
    seed : int
        Of the split.
    test_share : float
        Share of the customers that the untouched part was to have.
    trained, untouched : ndarray of uint64
        Sorted hashes of `hashes`; those of the earlier models whose parts were kept are among them.
    """

    seed: int
    test_share: float
    trained: np.ndarray
    untouched: np.ndarray

    @classmethod
    def of(cls, seed: int, test_share: float, trained: Iterable[str], untouched: Iterable[str]) -> Customers:
        """The customers of both parts, given by their ids, which may repeat."""
        return cls(seed, test_share, np.unique(hashes(trained)), np.unique(hashes(untouched)))

    def with_earlier(self, before: Customers) -> Customers:
        """These customers, and those whom an earlier model has on the same sides."""
        return Customers(
            self.seed,
            self.test_share,
            np.union1d(self.trained, before.trained),
            np.union1d(self.untouched, before.untouched),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; `from_json` reads them back."""
        sides = {"trained": self.trained, "untouched": self.untouched}
        coded = {name: b64encode(side.astype(_HASH).tobytes()).decode() for name, side in sides.items()}
        return {"seed": self.seed, "test_share": self.test_share, **coded}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Customers:
        """Read what `to_json` wrote. Raises FormatError if it is not that."""
        try:
            trained, untouched = (
                np.frombuffer(b64decode(document[name], validate=True), dtype=_HASH).astype("uint64")
                for name in ("trained", "untouched")
            )
            return cls(int(document["seed"]), float(document["test_share"]), trained, untouched)
        except (KeyError, TypeError, ValueError, Error) as error:
            raise FormatError(
                f"{CUSTOMERS_FILE} cannot be read ({error}); register the model again"
            ) from error


def hashes(customers: Iterable[str], key: str = "") -> np.ndarray:
    """The BLAKE2b hash of each customer's id as a number, (n,) of uint64.

    Parameters
    ----------
    customers : iterable of str, (n,)
    key : str
        Another key gives other hashes, independent of these.
    """
    coded = key.encode()
    digests = b"".join(hashlib.blake2b(one.encode(), digest_size=8, key=coded).digest() for one in customers)
    return np.frombuffer(digests, dtype=_HASH).astype("uint64")
