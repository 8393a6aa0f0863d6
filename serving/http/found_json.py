"""A customer's score as an object, and of hundreds of customers as the JSON text that those would give.

Checking, building and writing five objects a customer takes longer than reading and scoring the customer.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from json.encoder import encode_basestring
from typing import NamedTuple

from pydantic_core import to_json

from serving.features.feature_status import CustomerFeatures, FeatureColumns, Status, Statuses, moment_of
from serving.http.answer_schemas import FeatureReport, Found, ReasonTold, Segment, ViewReport
from serving.model.scorer import Band, Score, ScoreColumns

_SHARED = 16_384
"""Moments of views that are kept as object and as text; many customers share one."""


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


def found_json(found: FeatureColumns, scores: ScoreColumns) -> list[str]:
    """JSON texts of customers, to the letter as `Scored.model` would be written.

    Parameters
    ----------
    found : FeatureColumns
    scores : ScoreColumns
        Of the same customers; probabilities lie in 0..1.
    """
    probabilities = to_json(scores.probability).decode()[1:-1].split(",")  # as pydantic spells numbers
    groups = map(_group_json, scores.band, scores.segment_id, scores.segment)
    views = [map(_view_json, repeat(view), events) for view, events in found.events.items()]
    reports = [f'{{"views":{{{",".join(each)}}},{_NOTHING_ODD}}}' for each in zip(*views, strict=True)]
    for at, statuses in found.odd.items():
        reports[at] = _report(statuses).model_dump_json()
    return [
        f'{{"customerID":{encode_basestring(customer)},"probability":{probability},{group},"features":{report}}}'
        for customer, probability, group, report in zip(
            found.customer_ids, probabilities, groups, reports, strict=True
        )
    ]


_NOTHING_ODD = '"missing":[],"null":[],"expired":[]'


def _report(statuses: Statuses) -> FeatureReport:
    stale = statuses.stale
    return FeatureReport.of(
        views={view: _view(event, view in stale) for view, event in statuses.events.items()},
        missing=statuses.having(Status.NOT_FOUND),
        null=statuses.having(Status.NULL),
        expired=statuses.having(Status.EXPIRED),
    )


@lru_cache(maxsize=_SHARED)
def _view(event: int | None, stale: bool) -> ViewReport:
    return ViewReport(event_timestamp=moment_of(event), fresh=event is not None and not stale)


@lru_cache(maxsize=_SHARED)
def _view_json(view: str, event: int | None) -> str:
    return f"{encode_basestring(view)}:{_view(event, False).model_dump_json()}"


@lru_cache
def _segment(number: int, name: str) -> Segment:
    return Segment(id=number, name=name)


@lru_cache
def _group_json(band: Band, segment_id: int, segment: str) -> str:
    return f'"band":"{band}","segment":{_segment(segment_id, segment).model_dump_json()}'
