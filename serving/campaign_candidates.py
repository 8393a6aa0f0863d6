"""Whom a campaign may offer what, by the playbook, the served model and the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from serving.batch import Part, Run, open_run
from serving.campaigns.candidates import COLUMNS, WORDS, Candidates, Effects
from serving.campaigns.suppression import REASONS
from serving.decision.contactable import Channels
from serving.decision.offers import Offers
from serving.decision.playbook.schema import Offer, Playbook
from serving.decision.suppressed import KINDS
from serving.errors import CampaignError
from serving.explain.reason_text import reason_text
from serving.explain.reasons import Reason, reasons_of_rows
from serving.features.lake import households
from serving.language.catalogue import LANGUAGES
from serving.language.language import Language
from serving.settings import Settings

MAIN_REASONS = 3
_AT_A_TIME = 5_000
_NO_CONSENT = KINDS.index("no_consent")
_OWN_REASONS = [KINDS.index(kind) for kind in ("no_consent", "open_complaint", "dunning")]


@dataclass(frozen=True)
class FromLake:
    """Candidates, and who of them may not be contacted for a reason that the suppression file does not give.

    Attributes
    ----------
    candidates : Candidates
    suppressed : DataFrame
        ``customerID`` and ``reason``: the conditions of the playbook, and whoever has no open channel for any
        eligible offer.
    """

    candidates: Candidates
    suppressed: pd.DataFrame


def from_lake(tag: str, settings: Settings, starts: datetime) -> FromLake:
    """What the playbook may offer to every active customer, by what the lake knows last.

    Who is in band low, has left, or has no score, is no candidate.

    Parameters
    ----------
    tag : str
        Exact tag of the model.
    settings : Settings
    starts : datetime
        First day of the campaign, with a time zone: offers that are valid then, and suppressions until then.

    Raises
    ------
    CampaignError
        Nobody is eligible for an offer.
    OfflineError, BatchError, PlaybookError, SuppressionError
        As `serving.batch.score_all`.
    """
    run = open_run(tag, settings)
    found = _Found(run, starts)
    for part in run.parts():
        found.add(part)
    return FromLake(found.candidates(), found.suppressed())


@dataclass
class _Found:
    """Collects the candidates of all parts."""

    run: Run
    starts: datetime
    _pairs: list[pd.DataFrame] = field(default_factory=list)
    _suppressed: list[pd.DataFrame] = field(default_factory=list)
    _closed: dict[str, Channels] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        customers = part.decided(self.run.scorer.model)
        possible = self.run.decider.possible(customers, self.starts)
        gone = part.customers["left"].to_numpy(bool) | part.unscored
        ids = np.array(customers.ids, dtype=object)
        eligible = possible.eligible & ~gone[possible.rows][:, None]
        unreachable = eligible.any(axis=1) & ~(eligible & possible.is_open).any(axis=1)
        # They stay candidates, so that the plan counts them among those who are suppressed.
        pairs = eligible & (possible.is_open | unreachable[:, None])
        place, offer = np.nonzero(pairs)
        rows, brings = possible.rows[place], possible.brings
        names = np.array(list(self._playbook.offers), dtype=object)
        assumed = self.run.scorer.model.effects is None
        columns = {
            "customerID": ids[rows],
            "offer": names[offer],
            "segment": part.scores["segment"].to_numpy()[rows],
            "probability": customers.probability[rows],
            "value": brings.value[place],
            "effect": brings.effect[place, offer],
            "cost": brings.cost[place, offer],
            "expected_profit": brings.expected[place, offer],
            "lower": np.full(len(place), np.nan) if assumed else brings.lower[place, offer],
        }
        self._pairs.append(pd.DataFrame(columns))
        self._closed |= {customers.ids[at]: channels for at, channels in possible.closed.items()}
        why = np.where(unreachable, _NO_CONSENT, possible.suppressed)
        kept_out = np.flatnonzero(np.isin(why, _OWN_REASONS) & pairs.any(axis=1))
        reasons = np.array(KINDS, dtype=object)[why[kept_out]]
        told = dict(zip(REASONS, (ids[possible.rows[kept_out]], reasons), strict=True))
        self._suppressed.append(pd.DataFrame(told))

    def candidates(self) -> Candidates:
        frame = pd.concat(self._pairs, ignore_index=True)
        if frame.empty:
            raise CampaignError(
                "nobody is eligible for an offer of the playbook, so nothing is written; "
                "see docs/decisions.md"
            )
        homes = households(self.run.folder, self.run.moment)
        frame["household"] = [homes.get(customer) for customer in frame["customerID"]]
        words = _Words(self.run, self._playbook, self._offers, self._closed)
        effects: Effects = "assumed" if self.run.scorer.model.effects is None else "measured"
        return Candidates(frame[list(COLUMNS)], words, effects, self.run.scorer.tag)

    def suppressed(self) -> pd.DataFrame:
        return pd.concat(self._suppressed, ignore_index=True)

    @property
    def _playbook(self) -> Playbook:
        file = self.run.decider.policy.playbook
        assert file is not None  # `possible` has refused
        return file.content

    @property
    def _offers(self) -> Offers:
        return self.run.decider.offers


class _Words:
    """Channel, messages and reasons of chosen customers, in every language."""

    def __init__(self, run: Run, playbook: Playbook, offers: Offers, closed: Mapping[str, Channels]) -> None:
        self._run, self._offers, self._closed = run, offers, closed
        self._playbook = playbook
        self._names = list(playbook.offers)
        self._place = pd.Index(run.customers["customerID"].astype(str))

    def __call__(self, chosen: pd.DataFrame) -> pd.DataFrame:
        """Rows with `customerID`, `offer` and WORDS, in the order of `chosen`."""
        parts = [self._of(chosen.iloc[at : at + _AT_A_TIME]) for at in range(0, len(chosen), _AT_A_TIME)]
        return pd.concat([chosen.reset_index(drop=True), pd.concat(parts, ignore_index=True)], axis=1)

    def _of(self, chosen: pd.DataFrame) -> pd.DataFrame:
        places = self._place.get_indexer(pd.Index(chosen["customerID"].astype(str)))
        rows = self._run.features.take(pa.array(places)).to_pylist()
        reasons = reasons_of_rows(self._run.scorer.model, rows, MAIN_REASONS)
        told = [
            self._told(customer, offer, row, why)
            for customer, offer, row, why in zip(
                chosen["customerID"], chosen["offer"], rows, reasons, strict=True
            )
        ]
        return pd.DataFrame(told, columns=list(WORDS))

    def _told(
        self, customer: str, offer: str, row: Mapping[str, Any], reasons: Sequence[Reason]
    ) -> dict[str, str]:
        closed = self._closed.get(customer, frozenset())
        words = {"channel": self._offers.channel(self._names.index(offer), closed)}
        for code in LANGUAGES:
            language = Language(code)
            texts = [reason_text(reason, language) for reason in reasons]
            words[f"reasons_{code}"] = "; ".join(texts)
            words[f"message_{code}"] = message(
                self._playbook.offers[offer], row, texts[0] if texts else "", language
            )
        return words


def message(offer: Offer, row: Mapping[str, Any], reason: str, language: Language) -> str:
    """An offer's message to a customer.

    Parameters
    ----------
    offer : Offer
    row : mapping of str to object
        Values of the features.
    reason : str
        The main reason of the customer's risk, in words.
    language : Language
    """
    code = language.code
    until = offer.valid_until
    known = {
        "offer": offer.name[code],
        "reason": reason,
        "valid_until": "" if until is None else language.date(until.isoformat()),
    }
    text = offer.message[code]
    asked = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    features = {name: _value(row.get(name), language) for name in asked - set(known)}
    return text.format(**known, **features)


def _value(value: Any, language: Language) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value
    return language.number(value, 0 if value == int(value) else 2)
