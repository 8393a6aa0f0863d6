"""A customer's score as an object, and the scores of many customers directly as JSON text.

Checking, building and writing five objects per customer takes longer than reading and scoring the customer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from json.encoder import encode_basestring
from typing import NamedTuple, TypeVar

from pydantic_core import to_json

from serving.decision.customers import Decisions
from serving.decision.verdict import Decision, Verdict
from serving.features.feature_status import CustomerFeatures, FeatureColumns, Status, Statuses, moment_of
from serving.language.catalogue import LanguageCode
from serving.model.scorer import Band, Score, ScoreColumns
from serving.scoring.answers import DecisionAnswer, FeatureReport, Found, ReasonAnswer, Segment, ViewReport

K = TypeVar("K")
V = TypeVar("V")
_SHARED = 16_384
"""Most entries of each cache of view timestamps or groups; many customers share one."""
_NONE_ODD = '"missing":[],"null":[],"expired":[]'


class Scored(NamedTuple):
    """One customer's score and the features behind it, from which a `Found` is made.

    Attributes
    ----------
    features : CustomerFeatures
    score : Score
    decision : Decision
    reasons : list of ReasonAnswer, optional
    values : dict, optional
        Value of every feature.
    """

    features: CustomerFeatures
    score: Score
    decision: Decision
    reasons: list[ReasonAnswer] | None = None
    values: dict[str, str | int | float | None] | None = None

    def report(self) -> FeatureReport:
        """The state of the features behind the score."""
        return _report(self.features.statuses)

    def model(self, language: LanguageCode = "en") -> Found:
        """The score as a `Found`, with the decision's words in a language."""
        return Found.of(
            customerID=self.features.customer_id,
            probability=self.score.probability,
            band=self.score.band,
            segment=_segment(self.score.segment_id, self.score.segment),
            decision=_decision(self.decision, language),
            unknown_share=self.features.statuses.unknown_share,
            features=self.report(),
            values=self.values,
            reasons=self.reasons,
        )

    def text(self, language: LanguageCode = "en") -> str:
        """JSON text of the `model` of a score without reasons and values."""
        statuses, score = self.features.statuses, self.score
        if statuses.not_present:
            report = _odd_report(statuses)
        else:
            report = _whole_report(",".join([_views[view][at] for view, at in statuses.events.items()]))
        group = _groups[score.band, score.segment_id, score.segment]
        probability = to_json(score.probability).decode()
        decision = (
            f"{_verdicts[self.decision.verdict, language]}{to_json(self.decision.expected_profit).decode()}}}"
        )
        return _customer(self.features.customer_id, probability, group, decision, report)


def score_json(
    found: FeatureColumns, scores: ScoreColumns, decisions: Decisions, language: LanguageCode = "en"
) -> list[str]:
    """JSON text of each customer, the same text as for its `Scored.model`.

    Parameters
    ----------
    found : FeatureColumns
    scores : ScoreColumns
        Scores of the same customers; probabilities are in 0..1.
    decisions : Decisions
        About the same customers.
    language : LanguageCode
        Of the decisions' words.
    """
    probabilities = to_json(scores.probability).decode()[1:-1].split(",")  # as pydantic spells numbers
    groups = map(_groups.__getitem__, zip(scores.band, scores.segment_id, scores.segment, strict=True))
    views = [map(_views[view].__getitem__, events) for view, events in found.events.items()]
    reports = [_whole_report(each) for each in map(",".join, zip(*views, strict=True))]
    for at, statuses in found.exceptions.items():
        reports[at] = _odd_report(statuses)
    decided = _decisions_json(decisions, language)
    each = zip(found.customer_ids, probabilities, groups, decided, reports, strict=True)
    return [_customer(*of_customer) for of_customer in each]


def _customer(customer_id: str, probability: str, group: str, decision: str, report: str) -> str:
    name = encode_basestring(customer_id)
    return f'{{"customerID":{name},"probability":{probability},{group},{decision},{report}}}'


def _decision(decision: Decision, language: LanguageCode) -> DecisionAnswer:
    verdict = decision.verdict
    return DecisionAnswer.of(
        contact=verdict.contact,
        offer=verdict.offer,
        offer_name=verdict.offer_name.get(language),
        why=verdict.words[language],
        effect=verdict.effect,
        threshold=verdict.threshold,
        expected_profit=decision.expected_profit,
    )


def _decisions_json(decisions: Decisions, language: LanguageCode) -> list[str]:
    """JSON text of each decision, its key included."""
    texts = [_verdicts[verdict, language] for verdict in decisions.verdicts]
    profits = to_json(decisions.expected_profit.tolist()).decode()[1:-1].split(",")
    return [f"{texts[at]}{profit}}}" for at, profit in zip(decisions.at.tolist(), profits, strict=True)]


def _verdict_json(asked: tuple[Verdict, LanguageCode]) -> str:
    """JSON text of a decision up to its profit, which is not shared."""
    verdict, language = asked
    whole = _decision(Decision(verdict, 0.0), language).model_dump_json()
    return f'"decision":{whole.removesuffix("0.0}")}'


def _whole_report(views: str) -> str:
    return f'"unknown_share":0.0,"features":{{"views":{{{views}}},{_NONE_ODD}}}'


def _odd_report(statuses: Statuses) -> str:
    share = _share_json(statuses.unknown_share)
    return f'"unknown_share":{share},"features":{_report(statuses).model_dump_json()}'


def _report(statuses: Statuses) -> FeatureReport:
    unusable = (*statuses.stale, *statuses.future)
    return FeatureReport.of(
        views={view: _view(event, view not in unusable) for view, event in statuses.events.items()},
        missing=statuses.having(Status.NOT_FOUND),
        null=statuses.having(Status.NULL),
        expired=statuses.having(Status.EXPIRED),
    )


@lru_cache(maxsize=_SHARED)
def _view(event: int | None, usable: bool) -> ViewReport:
    return ViewReport(event_timestamp=moment_of(event), fresh=usable and event is not None)


@lru_cache
def _share_json(share: float | None) -> str:
    return to_json(share).decode()


def _view_json(view: str, event: int | None) -> str:
    return f"{encode_basestring(view)}:{_view(event, True).model_dump_json()}"


@lru_cache
def _segment(number: int, name: str) -> Segment:
    return Segment(id=number, name=name)


def _group_json(group: tuple[Band, int, str]) -> str:
    band, segment_id, segment = group
    return f'"band":"{band}","segment":{_segment(segment_id, segment).model_dump_json()}'


class _Known(dict[K, V]):
    """A cache of values that many customers share; a look-up is faster than with `lru_cache`."""

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        if len(self) >= _SHARED:
            self.clear()
        self[key] = made = self._make(key)
        return made


_groups = _Known(_group_json)
_verdicts = _Known(_verdict_json)
_views = _Known[str, _Known[int | None, str]](lambda view: _Known(partial(_view_json, view)))
