"""What a model may be in service, and how a challenger takes part."""

from __future__ import annotations

from typing import Literal

Role = Literal["champion", "challenger"]
Mode = Literal["shadow", "split"]
"""Of a challenger: ``shadow`` scores and never answers, ``split`` answers for a share of the customers."""
