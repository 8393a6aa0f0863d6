"""What-if: one customer scored as it is, and with other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from serving.explain.reasons import plain
from serving.explain.what_if_rules import Value, WhatIfRules
from serving.language.catalogue import LanguageCode
from serving.language.language import Language
from serving.model.scorer import Score
from serving.scoring.answers import ChangedFeature, Compared, Segment, Standing
from serving.scoring.scoring import Scoring


class WhatIf:
    """Answers what-ifs from a `Scoring`'s model and store.

    Parameters
    ----------
    scoring : Scoring
    """

    def __init__(self, scoring: Scoring) -> None:
        self.rules = WhatIfRules(scoring.scorer.model.encoder)
        self._scoring = scoring

    def compare(self, customer_id: str, changes: Mapping[str, Value], language: LanguageCode) -> Compared:
        """Score a customer before and after changes; without any, both are what ``/score`` gives.

        Raises
        ------
        ImpossibleChange
            If a change breaks a rule.
        UnknownCustomer, ExpiredFeatures, TooLittleKnown, StoreError, EncodingError, ScoreError
            As `Scoring.one`.
        """
        scored = self._scoring.read(customer_id)
        row = scored.features.values
        texts = Language(language)
        changed = self.rules.apply(row, changes, texts)
        before, after = _standing(scored.score), self._scored(changed)
        return Compared(
            customerID=customer_id,
            changes=_changed_features(changes, row, changed),
            before=before,
            after=after,
            difference_points=100 * (after.probability - before.probability),
            note=texts.say("what_if.note"),
            unknown_share=scored.features.statuses.unknown_share,
            features=scored.report(),
        )

    def _scored(self, row: Mapping[str, object]) -> Standing:
        # Scored alone, as /score does: among other rows a model may give other bits for the same row.
        (score,) = self._scoring.scorer.score_rows([row])
        return _standing(score)


def _standing(score: Score) -> Standing:
    return Standing(
        probability=score.probability,
        band=score.band,
        segment=Segment(id=score.segment_id, name=score.segment),
    )


def _changed_features(
    asked: Mapping[str, Value], row: Mapping[str, Any], changed: Mapping[str, Any]
) -> list[ChangedFeature]:
    follow = [name for name, value in changed.items() if name not in asked and value != row[name]]
    return [
        ChangedFeature(feature=name, before=plain(row.get(name)), after=plain(changed[name]))
        for name in (*asked, *follow)
    ]
