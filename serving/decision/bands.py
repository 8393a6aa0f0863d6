"""Where the risk bands begin: at the threshold that was registered with the model."""

from __future__ import annotations

from serving.card.thresholds import Thresholds
from serving.settings import Bands

WITHOUT_THRESHOLD = Bands(medium=0.25, high=0.5)
"""Of a model whose rule contacts nobody."""
_LEAST, _MOST = 1e-6, 1 - 1e-6


def bands_of(configured: Bands | None, thresholds: Thresholds) -> Bands:
    """The bands of a model.

    Band high begins at the threshold from which training's rule contacts a customer, and medium at half of
    it. So nobody whom the rule contacts is in band low.

    Parameters
    ----------
    configured : Bands or None
        The setting, which goes before the thresholds.
    thresholds : Thresholds
    """
    if configured is not None:
        return configured
    if thresholds.chosen is None:
        return WITHOUT_THRESHOLD
    high = min(max(thresholds.chosen, _LEAST), _MOST)
    return Bands(medium=high / 2, high=high)
