"""From customerIDs to answers: read the features, tell what is missing of them, score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

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
from serving.http.schemas import Failed, FeatureReport, Found, ReasonTold, Segment, ViewReport
from serving.http.why import Why
from serving.model.reasons import plain
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

    def one(self, customer_id: str, why: Why | None = None, values: bool = False) -> Found:
        """Score one customer.

        Parameters
        ----------
        customer_id : str
        why : Why, optional
            How reasons are told, if they are asked for.
        values : bool
            Whether to tell the features' values too.

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
        row, report = self.read(customer_id)
        (score,) = self.scorer.score_rows([row])
        told = why.told(self.scorer.model, [row])[0] if why else None
        found = _found(customer_id, score, report, told)
        return found.model_copy(update={"values": _plain(row)}) if values else found

    def read(self, customer_id: str) -> tuple[Mapping[str, object], FeatureReport]:
        """Features of one customer, and what is told of them.

        Raises
        ------
        UnknownCustomer, ExpiredFeatures, StoreError
            As `one`.
        """
        (features,) = self._reader.read([customer_id])
        return features.values, self._accept(features)

    def many(self, customer_ids: Sequence[str], why: Why | None = None) -> list[Found | Failed]:
        """Score customers, in order, duplicates kept; one that cannot be scored does not touch the others.

        Parameters
        ----------
        customer_ids : sequence of str
        why : Why, optional
            How reasons are told, if they are asked for.

        Raises
        ------
        StoreError
            If the online store cannot be read.
        """
        unique = list(dict.fromkeys(customer_ids))
        reports: dict[str, FeatureReport] = {}
        rows: dict[str, Mapping[str, object]] = {}
        results: dict[str, Found | Failed] = {}
        for customer_id, features in zip(unique, self._reader.read(unique), strict=True):
            try:
                reports[customer_id] = self._accept(features)
                rows[customer_id] = features.values
            except CustomerError as error:
                results[customer_id] = _failed(customer_id, error)
        scores = dict(zip(rows, self._score_each(list(rows.values())), strict=True))
        scored = [customer_id for customer_id, outcome in scores.items() if isinstance(outcome, Score)]
        why_each: dict[str, list[ReasonTold]] = {}
        if why:
            told = why.told(self.scorer.model, [rows[customer_id] for customer_id in scored])
            why_each = dict(zip(scored, told, strict=True))
        for customer_id, outcome in scores.items():
            if isinstance(outcome, Score):
                report, reasons = reports[customer_id], why_each.get(customer_id)
                results[customer_id] = _found(customer_id, outcome, report, reasons)
            else:
                results[customer_id] = _failed(customer_id, outcome)
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
        return FeatureReport(
            views={
                view: ViewReport(event_timestamp=moment, fresh=moment is not None and view not in stale)
                for view, moment in features.event_timestamps.items()
            },
            missing=by_status[Status.NOT_FOUND],
            null=by_status[Status.NULL],
            expired=by_status[Status.EXPIRED],
        )


def _found(customer_id: str, score: Score, report: FeatureReport, reasons: list[ReasonTold] | None) -> Found:
    return Found(
        customerID=customer_id,
        probability=score.probability,
        band=score.band,
        segment=Segment(id=score.segment_id, name=score.segment),
        features=report,
        reasons=reasons,
    )


def _failed(customer_id: str, error: ServingError) -> Failed:
    return Failed(customerID=customer_id, error=error_detail(error))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}
