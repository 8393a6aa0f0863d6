"""Which metrics are better when they are smaller; of all others a larger one is better."""

from __future__ import annotations

LOWER_IS_BETTER = frozenset({"brier", "brier_calibrated", "log_loss", "ece"})
