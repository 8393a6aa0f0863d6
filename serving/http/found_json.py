"""A customer's score as an object, and of hundreds of customers as the JSON text that those would give.

Checking, building and writing five objects a customer takes longer than reading and scoring the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

from serving.features.feature_status import CustomerFeatures, Status, Statuses
from serving.http.answer_schemas import FeatureReport, Found, ReasonTold, Segment, ViewReport
from serving.model.scorer import Band, Score, ScoreColumns

_SHARED = 16_384
"""Customers share what stood behind their scores; as object and text that takes about 2 kB.

Few share all of it where a base has many customers, so what is told of one view is shared by itself.
"""


class Scored(NamedTuple):
    """One customer's score, and what stood behind it: a `Found` before it is made or written.

    Attributes
    ----------
    features : CustomerFeatures
    score : Score
    reasons : list of ReasonTold, optional
    values : dict, optional
        Of every feature.
    """

    features: CustomerFeatures
    score: Score
    reasons: list[ReasonTold] | None = None
    values: dict[str, str | int | float | None] | None = None

    def report(self) -> FeatureReport:
        """What stood behind the score."""
        return _report(self.features.statuses)

    def model(self) -> Found:
        """As the object."""
        return Found.of(
            customerID=self.features.customer_id,
            probability=self.score.probability,
            band=self.score.band,
            segment=_segment(self.score.segment_id, self.score.segment),
            features=self.report(),
            values=self.values,
            reasons=self.reasons,
        )


def found_json(found: Sequence[CustomerFeatures], scores: ScoreColumns) -> list[str]:
    """JSON texts of customers, as `Scored.model` would be written.

    To the letter, but for a probability below 0.0001, which Python spells otherwise (``1e-05``).

    Parameters
    ----------
    found : sequence of CustomerFeatures
    scores : ScoreColumns
        Of the same customers; probabilities lie in 0..1.
    """
    groups = map(_group_json, scores.band, scores.segment_id, scores.segment)
    return [
        f'{{"customerID":{encode_basestring(one.customer_id)},"probability":{probability!r},{group},'
        f'"features":{_report_json(one.statuses)}}}'
        for one, probability, group in zip(found, scores.probability, groups, strict=True)
    ]


@lru_cache(maxsize=_SHARED)
def _report(statuses: Statuses) -> FeatureReport:
    stale = statuses.stale
    return FeatureReport.of(
        views={view: _view(moment, view in stale) for view, moment in statuses.moments.items()},
        missing=statuses.having(Status.NOT_FOUND),
        null=statuses.having(Status.NULL),
        expired=statuses.having(Status.EXPIRED),
    )


@lru_cache(maxsize=_SHARED)
def _view(moment: datetime | None, stale: bool) -> ViewReport:
    return ViewReport(event_timestamp=moment, fresh=moment is not None and not stale)


@lru_cache(maxsize=_SHARED)
def _report_json(statuses: Statuses) -> str:
    return _report(statuses).model_dump_json()


@lru_cache
def _segment(number: int, name: str) -> Segment:
    return Segment(id=number, name=name)


@lru_cache
def _group_json(band: Band, segment_id: int, segment: str) -> str:
    return f'"band":"{band}","segment":{_segment(segment_id, segment).model_dump_json()}'
