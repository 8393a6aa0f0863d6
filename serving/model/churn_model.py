"""A churn model: a signature, encoder, classifier, calibrator and segments that fit together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serving.errors import FormatError
from serving.model.calibration import Calibrator
from serving.model.classifiers.classifier import Classifier
from serving.model.effects import Effects
from serving.model.encoding import Encoder
from serving.model.measured import Measured
from serving.model.segments import Segments
from serving.model.signature import Signature
from serving.model.survival import Survival


@dataclass(frozen=True, eq=False)
class ChurnModel:
    """Everything that turns features into a calibrated probability, a segment and a time to churn.

    A model of a snapshot, or of too young a history, has no ``survival``.

    Attributes
    ----------
    effects : Effects or None
        What each offer adds to the chance of staying; None where no campaign has measured it.

    Raises
    ------
    FormatError
        If the parts do not fit together.
    """

    signature: Signature
    encoder: Encoder
    classifier: Classifier
    calibrator: Calibrator
    segments: Segments
    survival: Survival | None = None
    effects: Measured | None = None

    def __post_init__(self) -> None:
        if self.classifier.width != len(self.encoder.columns):
            raise FormatError(
                f"the classifier was fitted on {self.classifier.width} columns and the encoder makes "
                f"{len(self.encoder.columns)}; register a classifier with the encoder it was fitted behind"
            )
        for one in self.effects.each if isinstance(self.effects, Effects) else ():
            if one.width not in (None, len(self.encoder.columns)):
                raise FormatError(
                    f"the effect of {one.offer} was fitted on {one.width} columns and the encoder makes "
                    f"{len(self.encoder.columns)}; train again"
                )
        for part, encoder in (("encoder", self.encoder), ("segments", self.segments.encoder)):
            strange = set(encoder.features) - set(self.signature.features)
            if strange:
                names = ", ".join(sorted(feature.name for feature in strange))
                raise FormatError(
                    f"the {part} uses {names}, which the signature does not have in that form; fit again"
                )

    def predict(self, encoded: np.ndarray) -> np.ndarray:
        """Calibrated P(churn), shape (n,), of rows encoded by ``self.encoder``."""
        return self.calibrator.apply(self.classifier.predict(encoded))

    def probe(self) -> None:
        """Score a customer without any values. A model that fails is neither registered nor served.

        Raises
        ------
        FormatError
            If the probability is not in 0..1.
        """
        encoded = self.encoder.encode_rows([{}])
        probability = self.predict(encoded)[0]
        if self.effects is not None:
            self.effects.of(encoded)
        self.segments.assign(self.segments.encoder.encode_rows([{}]))
        if not 0 <= probability <= 1:  # also false for NaN
            raise FormatError(f"the model gives {probability} as a probability; register the model again")
