"""From customerIDs to answers: read features, refuse customers that cannot be scored, score the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from serving.decision.customers import Customer, Customers, Decisions
from serving.decision.decider import Decider
from serving.decision.policy import Policy
from serving.errors import (
    CustomerError,
    DamagedFeatures,
    EncodingError,
    ExpiredFeatures,
    ScoreError,
    ServingError,
    StoreError,
    TooLittleKnown,
    UnknownCustomer,
)
from serving.explain.reasons import plain
from serving.features.online_features import CustomerFeatures, FeatureColumns, utc_now
from serving.language.catalogue import LanguageCode
from serving.model.scorer import BANDS, Score, ScoreColumns, Scorer
from serving.scoring.answers import Failed, Found
from serving.scoring.error_codes import error_detail
from serving.scoring.finite_json import finite_json
from serving.scoring.reasons_asked import ReasonsAsked
from serving.scoring.score_json import Scored, score_json

A = TypeVar("A")
R = TypeVar("R")
FAILURE_SECONDS = 2.0
"""So long after a read that failed the service is not ready, though a later look at the store succeeds."""


class _Failure(NamedTuple):
    at: float
    error: StoreError


class Reader(Protocol):
    """Reads the online store."""

    def read(self, customer_ids: Sequence[str]) -> FeatureColumns:
        """Features of customers, in order. Raises StoreError."""
        ...

    def read_one(self, customer_id: str) -> CustomerFeatures:
        """Features of one customer. Raises StoreError."""
        ...

    def base(self) -> str | None:
        """The store's base, None if unknown. Raises StoreError if it is not the model's."""
        ...


class Scoring:
    """Scores customers by customerID.

    Parameters
    ----------
    scorer : Scorer
    reader : Reader
    base : str
        The base that the model was trained on; the reader checks that the store holds the same.
    refuse_expired : bool
        Whether a customer with an expired feature view is refused.
    max_unknown_share : float
        Largest share of the model's weight that may be missing or expired, 0 to 1.
    threshold : float, optional
        The probability from which training's rule contacts a customer; None: nobody.
    now : callable, optional
        Clock of the decisions, with a time zone.
    """

    def __init__(
        self,
        scorer: Scorer,
        reader: Reader,
        *,
        base: str,
        refuse_expired: bool,
        max_unknown_share: float,
        threshold: float | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.scorer = scorer
        self._threshold = threshold
        self._now = now
        self._decider = Decider(scorer.model, Policy(None), threshold)
        self.base = base
        self._reader = reader
        self._refuse_expired = refuse_expired
        self._max_unknown_share = max_unknown_share
        self._failure: _Failure | None = None

    @property
    def policy(self) -> Policy:
        """What decisions go by."""
        return self._decider.policy

    def decide_by(self, policy: Policy) -> None:
        """Decide by another playbook or other suppressed customers from now on; one assignment.

        Raises
        ------
        PlaybookError
            If the playbook does not fit the model; decisions are as before then.
        """
        self._decider = Decider(self.scorer.model, policy, self._threshold)

    def check(self) -> str:
        """Return the base of model and store. Raises StoreError if they cannot be used together."""
        failure = self._failure
        if failure is not None and time.monotonic() - failure.at < FAILURE_SECONDS:
            raise failure.error
        self._reader.base()
        return self.base

    def one(
        self,
        customer_id: str,
        asked: ReasonsAsked | None = None,
        values: bool = False,
        language: LanguageCode = "en",
    ) -> Found:
        """Score one customer.

        Parameters
        ----------
        customer_id : str
        asked : ReasonsAsked, optional
            How many reasons, and in which language; None for no reasons.
        values : bool
            Whether the answer holds the features' values too.
        language : LanguageCode
            Of the decision's words.

        Raises
        ------
        UnknownCustomer
            If no feature view has a row of the customer.
        ExpiredFeatures
            If a view is expired and the settings refuse that.
        TooLittleKnown
            If more of the model's weight is missing or expired than the settings allow.
        StoreError
            If the online store cannot be read.
        EncodingError, ScoreError
            If the stored values cannot be used.
        """
        scored = self.read(customer_id)
        row = scored.features.values
        reasons = asked.explain(self.scorer.model, [row])[0] if asked else None
        return scored._replace(reasons=reasons, values=_plain(row) if values else None).model(language)

    def read(self, customer_id: str) -> Scored:
        """Score one customer, without making the answer's object.

        Raises
        ------
        UnknownCustomer, ExpiredFeatures, TooLittleKnown, StoreError, EncodingError, ScoreError
            As `one`.
        """
        features = self._noting_failure(self._reader.read_one, customer_id)
        refusal = self._refusal(features) if features.statuses.not_present else None
        if refusal is not None:
            raise refusal
        return self._decided(features, self.scorer.score_row(features.row))

    def many(
        self,
        customer_ids: Sequence[str],
        asked: ReasonsAsked | None = None,
        language: LanguageCode = "en",
    ) -> list[Found | Failed]:
        """Score customers, in order, duplicates kept. One that cannot be scored does not affect the others.

        Parameters
        ----------
        customer_ids : sequence of str
        asked : ReasonsAsked, optional
            How many reasons, and in which language; None for no reasons.
        language : LanguageCode
            Of the decisions' words.

        Raises
        ------
        StoreError
            If the online store cannot be read.
        """
        return [
            outcome.model(language) if isinstance(outcome, Scored) else failed(customer_id, outcome)
            for customer_id, outcome in zip(customer_ids, self.each(customer_ids, asked), strict=True)
        ]

    def each(
        self, customer_ids: Sequence[str], asked: ReasonsAsked | None = None
    ) -> list[Scored | ServingError]:
        """Like `many`, without making the answers' objects; a customer without a score gets the error itself.

        Raises
        ------
        StoreError
            If the online store cannot be read.
        """
        if len(customer_ids) == 1 and asked is None:
            try:
                return [self.read(customer_ids[0])]
            except (CustomerError, EncodingError, ScoreError) as error:
                return [error]
        read = self._read(customer_ids)
        return self._each(read, self._refusals(read), customer_ids, asked)

    def texts(
        self,
        customer_ids: Sequence[str],
        asked: ReasonsAsked | None = None,
        language: LanguageCode = "en",
    ) -> tuple[list[str], int]:
        """Like `many`, as JSON texts, with the number of customers that have a score.

        Raises
        ------
        StoreError
            If the online store cannot be read.
        """
        read = self._read(customer_ids)
        refused = self._refusals(read)
        if asked is None:
            try:
                texts = self._texts(read, refused, language)
            except (EncodingError, ScoreError):
                pass  # find the customer below, where each is scored alone
            else:
                missed = sum(map(refused.__contains__, customer_ids))
                return list(map(texts.__getitem__, customer_ids)), len(customer_ids) - missed
        outcomes = self._each(read, refused, customer_ids, asked)
        answers = [
            finite_json(
                outcome.model(language) if isinstance(outcome, Scored) else failed(customer_id, outcome)
            )
            for customer_id, outcome in zip(customer_ids, outcomes, strict=True)
        ]
        return answers, sum(isinstance(outcome, Scored) for outcome in outcomes)

    def _texts(
        self, read: FeatureColumns, refused: Mapping[str, CustomerError], language: LanguageCode
    ) -> dict[str, str]:
        """The JSON text of every customer, by customerID, without an object per score."""
        texts = {customer: finite_json(failed(customer, error)) for customer, error in refused.items()}
        if accepted := read.without(refused):
            scores = self.scorer.score_columns(accepted.columns)
            decisions = self._decide_all(accepted, scores)
            of_accepted = score_json(accepted, scores, decisions, language)
            texts |= zip(accepted.customer_ids, of_accepted, strict=True)
        return texts

    def _decided(self, features: CustomerFeatures, score: Score) -> Scored:
        probability, band, segment_id, _ = score
        customer = Customer(features.customer_id, features.row, probability, BANDS.index(band), segment_id)
        return Scored(features, score, self._decider.one(customer, self._now()))

    def _decide_all(self, accepted: FeatureColumns, scores: ScoreColumns) -> Decisions:
        columns, encode = accepted.columns, self.scorer.encode_columns
        customers = Customers(
            accepted.customer_ids,
            columns,
            np.array(scores.probability),
            np.array([BANDS.index(band) for band in scores.band]),
            np.array(scores.segment_id),
            lambda at: encode([[column[each] for each in at] for column in columns]),
        )
        return self._decider.many(customers, self._now())

    def _read(self, customer_ids: Sequence[str]) -> FeatureColumns:
        return self._noting_failure(self._reader.read, list(dict.fromkeys(customer_ids)))

    def _noting_failure(self, read: Callable[[A], R], asked: A) -> R:
        try:
            return read(asked)
        except DamagedFeatures:
            raise  # others can be scored, so the service is ready
        except StoreError as error:
            self._failure = _Failure(time.monotonic(), error)
            raise

    def _each(
        self,
        read: FeatureColumns,
        refused: Mapping[str, CustomerError],
        customer_ids: Sequence[str],
        asked: ReasonsAsked | None,
    ) -> list[Scored | ServingError]:
        results: dict[str, Scored | ServingError] = {**refused}
        accepted = read.without(refused)
        scores = self._score_each(accepted.columns if accepted else [])
        for features, score in zip(accepted, scores, strict=True):
            scored = self._decided(features, score) if isinstance(score, Score) else score
            results[features.customer_id] = scored
        if asked:
            self._explain(results, {features.customer_id: features.values for features in accepted}, asked)
        return [results[customer_id] for customer_id in customer_ids]

    def _refusals(self, read: FeatureColumns) -> dict[str, CustomerError]:
        """The error of each customer that is not scored, by customerID."""
        incomplete = [each for each in read if each.statuses.not_present] if read.exceptions else []
        refusals = {features.customer_id: self._refusal(features) for features in incomplete}
        return {customer_id: refusal for customer_id, refusal in refusals.items() if refusal is not None}

    def _explain(
        self,
        results: dict[str, Scored | ServingError],
        rows: Mapping[str, Mapping[str, object]],
        asked: ReasonsAsked,
    ) -> None:
        """Add the reasons to the scores, with one call of the classifier for all customers."""
        scored = {name: outcome for name, outcome in results.items() if isinstance(outcome, Scored)}
        reasons_of_all = asked.explain(self.scorer.model, [rows[name] for name in scored])
        for (name, outcome), reasons in zip(scored.items(), reasons_of_all, strict=True):
            results[name] = outcome._replace(reasons=reasons)

    def _score_each(self, columns: Sequence[Sequence[object]]) -> Sequence[Score | ServingError]:
        try:
            return self.scorer.score_columns(columns).each() if columns else []
        except (EncodingError, ScoreError):  # some row is bad: find out which, one by one
            return [self._score_or_error(row) for row in zip(*columns, strict=True)]

    def _score_or_error(self, row: Sequence[object]) -> Score | ServingError:
        try:
            return self.scorer.score_row(row)
        except (EncodingError, ScoreError) as error:
            return error

    def _refusal(self, features: CustomerFeatures) -> CustomerError | None:
        customer_id, statuses = features.customer_id, features.statuses
        if not statuses.known:
            return UnknownCustomer(customer_id, _unknown(features))
        if self._refuse_expired and statuses.stale:
            views = ", ".join(statuses.stale)
            return ExpiredFeatures(
                customer_id,
                f"customer {customer_id} has expired features in {views}; "
                "materialize the store with newer data",
            )
        if statuses.unknown_share is not None and statuses.unknown_share > self._max_unknown_share:
            return TooLittleKnown(customer_id, self._too_little(features))
        return None

    def _too_little(self, features: CustomerFeatures) -> str:
        statuses = features.statuses
        lacking = [
            each.view for each in self.scorer.model.signature.features if each.name in statuses.not_present
        ]
        return (
            f"of customer {features.customer_id} {statuses.unknown_share:.1%} of what the model goes by is "
            f"missing or expired (in {', '.join(dict.fromkeys(lacking))}), and a score takes at most "
            f"{self._max_unknown_share:.1%} (max_unknown_share); materialize the store with newer data"
        )


def _unknown(features: CustomerFeatures) -> str:
    if features.statuses.future:
        views = ", ".join(features.statuses.future)
        return (
            f"all that the online store has of customer {features.customer_id} is dated in the future "
            f"({views}); correct the dates, empty the store with `feast -c feature_repo teardown`, "
            "apply and materialize"
        )
    return (
        f"customer {features.customer_id} is not in the online store; check the id, or materialize the store"
    )


def failed(customer_id: str, error: ServingError) -> Failed:
    """The answer about a customer that has no score."""
    return Failed(customerID=customer_id, error=error_detail(error))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}
