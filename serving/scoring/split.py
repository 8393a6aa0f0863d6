"""Which customers a challenger answers for: a share chosen by hash, always the same ones."""

from __future__ import annotations

from hashlib import blake2b


def in_share(customer_id: str, salt: str, share: float) -> bool:
    """Whether a customer is in the share.

    The hash is 64 bits of BLAKE2b over salt and customerID, so every process of every server agrees. A
    customer in a share is also in every larger share of the same salt. Another salt draws other customers.

    Parameters
    ----------
    customer_id : str
    salt : str
        Tag of the challenger.
    share : float
        0..1; 1 contains every customer, 0 none.
    """
    digest = blake2b(f"{salt}\0{customer_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < int(share * 2**64)
