"""From customerIDs to answers: read the features, tell what is missing of them, score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from serving.errors import (
    CustomerError,
    EncodingError,
    ExpiredFeatures,
    ScoreError,
    ServingError,
    UnknownCustomer,
)
from serving.features.online_features import CustomerFeatures, Status
from serving.http.http_errors import error_detail
from serving.http.schemas import Failed, FeatureReport, Found, Segment, ViewReport
from serving.model.scorer import Score, Scorer


class Reader(Protocol):
    """What reads the online store."""

    def read(self, customer_ids: Sequence[str]) -> list[CustomerFeatures]:
        """Features of customers, in order. Raises StoreError."""
        ...

    def base(self) -> str | None:
        """The store's base, None if it cannot tell. Raises StoreError if it is not the model's."""
        ...


class Scoring:
    """Answers for customers.

    Parameters
    ----------
    scorer : Scorer
    reader : Reader
    base : str
        The base that the model was trained on; the reader checks that the store holds the same.
    refuse_expired : bool
        Whether a customer with an expired feature view is refused.
    """

    def __init__(self, scorer: Scorer, reader: Reader, *, base: str, refuse_expired: bool) -> None:
        self.scorer = scorer
        self.base = base
        self._reader = reader
        self._refuse_expired = refuse_expired
        self._view_of = {feature.name: feature.view for feature in scorer.model.signature.features}

    @property
    def origin(self) -> dict[str, str]:
        """What every answer says of where it comes from: ``model`` and ``feature_service``."""
        return {"model": self.scorer.tag, "feature_service": self.scorer.model.signature.feature_service}

    def check(self) -> str:
        """Return the base of model and store. Raises StoreError if they cannot be used together."""
        self._reader.base()
        return self.base

    def one(self, customer_id: str) -> Found:
        """Score one customer.

        Raises
        ------
        UnknownCustomer
            If no feature view has a row of the customer.
        ExpiredFeatures
            If a view is expired and the settings refuse that.
        StoreError
            If the online store cannot be read.
        EncodingError, ScoreError
            If the stored values cannot be used.
        """
        (outcome,) = self.each([customer_id])
        if isinstance(outcome, ServingError):
            raise outcome
        return outcome

    def many(self, customer_ids: Sequence[str]) -> list[Found | Failed]:
        """Score customers, in order, duplicates kept; one that cannot be scored does not touch the others.

        Raises
        ------
        StoreError
            If the online store cannot be read.
        """
        return [
            _failed(customer_id, outcome) if isinstance(outcome, ServingError) else outcome
            for customer_id, outcome in zip(customer_ids, self.each(customer_ids), strict=True)
        ]

    def each(self, customer_ids: Sequence[str]) -> list[Found | ServingError]:
        """As `many`, but with the error itself where a customer cannot be scored.

        Raises
        ------
        StoreError
            If the online store cannot be read.
        """
        unique = list(dict.fromkeys(customer_ids))
        reports: dict[str, FeatureReport] = {}
        rows: dict[str, Mapping[str, object]] = {}
        results: dict[str, Found | ServingError] = {}
        for customer_id, features in zip(unique, self._reader.read(unique), strict=True):
            try:
                reports[customer_id] = self._accept(features)
                rows[customer_id] = features.values
            except CustomerError as error:
                results[customer_id] = error
        for customer_id, outcome in zip(rows, self._score_each(list(rows.values())), strict=True):
            if isinstance(outcome, Score):
                results[customer_id] = _found(customer_id, outcome, reports[customer_id])
            else:
                results[customer_id] = outcome
        return [results[customer_id] for customer_id in customer_ids]

    def _score_each(self, rows: Sequence[Mapping[str, object]]) -> Sequence[Score | ServingError]:
        try:
            return self.scorer.score_rows(rows)
        except (EncodingError, ScoreError):  # some row is bad: find out which, one by one
            return [self._score_or_error(row) for row in rows]

    def _score_or_error(self, row: Mapping[str, object]) -> Score | ServingError:
        try:
            return self.scorer.score_rows([row])[0]
        except (EncodingError, ScoreError) as error:
            return error

    def _accept(self, features: CustomerFeatures) -> FeatureReport:
        customer_id = features.customer_id
        if not features.known:
            raise UnknownCustomer(
                customer_id,
                f"customer {customer_id} is not in the online store; check the id, or materialize the store",
            )
        report = self._report(features)
        if report.expired and self._refuse_expired:
            views = ", ".join(dict.fromkeys(self._view_of[name] for name in report.expired))
            raise ExpiredFeatures(
                customer_id,
                f"customer {customer_id} has expired features in {views}; "
                "materialize the store with newer data",
            )
        return report

    def _report(self, features: CustomerFeatures) -> FeatureReport:
        by_status: dict[Status, list[str]] = {status: [] for status in Status}
        for name, status in features.statuses.items():
            by_status[status].append(name)
        stale = {self._view_of[name] for name in by_status[Status.EXPIRED]}
        return FeatureReport.of(
            views={
                view: _view_report(moment, moment is not None and view not in stale)
                for view, moment in features.event_timestamps.items()
            },
            missing=by_status[Status.NOT_FOUND],
            null=by_status[Status.NULL],
            expired=by_status[Status.EXPIRED],
        )


@lru_cache(maxsize=65_536)  # customers share the moments at which their views were written
def _view_report(moment: datetime | None, fresh: bool) -> ViewReport:
    return ViewReport(event_timestamp=moment, fresh=fresh)


@lru_cache
def _segment(number: int, name: str) -> Segment:
    return Segment(id=number, name=name)


def _found(customer_id: str, score: Score, report: FeatureReport) -> Found:
    return Found.of(
        customerID=customer_id,
        probability=score.probability,
        band=score.band,
        segment=_segment(score.segment_id, score.segment),
        features=report,
    )


def _failed(customer_id: str, error: ServingError) -> Failed:
    return Failed(customerID=customer_id, error=error_detail(error))
