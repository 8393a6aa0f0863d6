"""One customer's score as JSON text, as `Found` itself would write it, for answers of hundreds of them.

Checking, building and writing five objects a customer takes longer than reading and scoring the customer.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import NamedTuple

from serving.http.answer_schemas import FeatureReport, Found, ReasonTold, Segment, ViewReport
from serving.http.finite_json import finite_json
from serving.model.scorer import Score

_SHARED = 65_536
"""Customers share the moments at which their views were written; a text of one takes 200 bytes."""


class Scored(NamedTuple):
    """One customer's score, and what stood behind it: a `Found` before it is made or written.

    Attributes
    ----------
    customer_id : str
    score : Score
    moments : dict of str to datetime or None
        Event timestamp of every view, UTC.
    stale : set of str
        Views that have expired.
    missing, null, expired : list of str
        Features by status.
    reasons : list of ReasonTold, optional
    values : dict, optional
        Of every feature.
    """

    customer_id: str
    score: Score
    moments: dict[str, datetime | None]
    stale: set[str]
    missing: list[str]
    null: list[str]
    expired: list[str]
    reasons: list[ReasonTold] | None = None
    values: dict[str, str | int | float | None] | None = None

    def report(self) -> FeatureReport:
        """What stood behind the score."""
        views = {view: _view(moment, view not in self.stale) for view, moment in self.moments.items()}
        return FeatureReport.of(views=views, missing=self.missing, null=self.null, expired=self.expired)

    def model(self) -> Found:
        """As the object."""
        return Found.of(
            customerID=self.customer_id,
            probability=self.score.probability,
            band=self.score.band,
            segment=_segment(self.score.segment_id, self.score.segment),
            features=self.report(),
            values=self.values,
            reasons=self.reasons,
        )

    def json(self) -> str:
        """As the object's JSON text. Raises AnswerError when a number in it is not finite."""
        stale, score = self.stale, self.score
        plain = self.reasons is None and self.values is None
        if not (plain and isfinite(score.probability)):
            return finite_json(self.model())
        views = ",".join(
            [_view_json(view, moment, view not in stale) for view, moment in self.moments.items()]
        )
        return (
            f'{{"customerID":{encode_basestring(self.customer_id)},"probability":{score.probability!r},'
            f'"band":"{score.band}","segment":{_segment_json(score.segment_id, score.segment)},'
            f'"features":{{"views":{{{views}}},"missing":{_names_json(self.missing)},'
            f'"null":{_names_json(self.null)},"expired":{_names_json(self.expired)}}}}}'
        )


@lru_cache(maxsize=_SHARED)
def _view(moment: datetime | None, current: bool) -> ViewReport:
    return ViewReport(event_timestamp=moment, fresh=moment is not None and current)


@lru_cache(maxsize=_SHARED)
def _view_json(view: str, moment: datetime | None, current: bool) -> str:
    return f"{encode_basestring(view)}:{_view(moment, current).model_dump_json()}"


@lru_cache
def _segment(number: int, name: str) -> Segment:
    return Segment(id=number, name=name)


@lru_cache
def _segment_json(number: int, name: str) -> str:
    return _segment(number, name).model_dump_json()


def _names_json(names: list[str]) -> str:
    return f"[{','.join(map(encode_basestring, names))}]" if names else "[]"
