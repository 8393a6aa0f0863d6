"""What speaks against a readout, each with numbers and in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from serving.campaigns.outcome.observed import Observed
from serving.campaigns.outcome.window import Window
from serving.campaigns.plan import Plan
from serving.campaigns.power import smallest_fall
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language

DoubtName = Literal[
    "unknown",
    "already_gone",
    "elsewhere",
    "no_reasons",
    "no_contacts",
    "held_out_contacted",
    "never_contacted",
    "not_of_the_campaign",
    "before_the_offer",
    "answered_twice",
    "too_small",
    "sees_nothing",
]
_Found = Iterator[tuple[DoubtName, dict[str, float]]]


class Doubt(BaseModel):
    """A doubt, by its name in ``serving/language/readout.yaml``, its numbers, and its text by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: DoubtName
    numbers: dict[str, float]
    text: dict[LanguageCode, str]


def doubts_of(observed: Observed, plan: Plan, window: Window) -> list[Doubt]:
    """All doubts about a campaign's readout.

    Parameters
    ----------
    observed : Observed
    plan : Plan
    window : Window
    """
    doubts = [*_about_customers(observed), *_about_contacts(observed, window), *_about_size(observed, plan)]
    return [_doubt(name, numbers) for name, numbers in doubts]


def _doubt(name: DoubtName, numbers: dict[str, float]) -> Doubt:
    text = {code: Language(code).say(f"readout.doubt.{name}", **numbers) for code in LANGUAGES}
    return Doubt(name=name, numbers=numbers, text=text)


def _about_customers(observed: Observed) -> _Found:
    counts: dict[DoubtName, float] = {
        "unknown": observed.unknown,
        "already_gone": observed.already_gone,
        "elsewhere": len(observed.elsewhere),
    }
    yield from ((name, {"customers": n}) for name, n in counts.items() if n)
    if not observed.reasons_known:
        yield "no_reasons", {}


def _about_contacts(observed: Observed, window: Window) -> _Found:
    customers, contacts = observed.customers, observed.contacts
    offered = customers["arm"] == "offer"
    contacted = customers["answer"].notna()
    told = customers["given"] | (contacted & (customers["answer"] != "not reached"))
    held_out = int((~offered).sum()), int((~offered & told).sum())
    if held_out[1]:
        yield "held_out_contacted", {"customers": held_out[1], "of": held_out[0]}
    if not observed.contacts_known:
        yield "no_contacts", {}
        return
    ours = contacts["customerID"].isin(customers["customerID"])
    answered = contacts[contacts["outcome"].isin(["accepted", "refused"])]
    counts: dict[DoubtName, tuple[float, float]] = {
        "never_contacted": (int((offered & ~contacted).sum()), int(offered.sum())),
        "not_of_the_campaign": (int(contacts.loc[~ours, "customerID"].nunique()), len(customers)),
        "before_the_offer": (int((contacts["event_timestamp"] < window.begin).sum()), len(contacts)),
        "answered_twice": (int(answered["customerID"].duplicated().sum()), len(contacts)),
    }
    yield from ((name, {"customers": n, "of": of}) for name, (n, of) in counts.items() if n)


def _about_size(observed: Observed, plan: Plan) -> _Found:
    """Whether the hold-out can show the fall that was expected, at the churn that was seen in it."""
    arms = observed.customers["arm"].value_counts()
    offered, held_out = int(arms.get("offer", 0)), int(arms.get("holdout", 0))
    left = observed.customers.loc[observed.customers["arm"] == "holdout", "left"]
    churn = float(left.mean()) if held_out else 0.0
    numbers = {"held_out": held_out, "expected": plan.expected_fall}
    smallest = smallest_fall(churn, offered, held_out) if 0 < churn < 1 else None
    if smallest is None:
        yield "sees_nothing", numbers
    elif smallest > plan.expected_fall:
        yield "too_small", numbers | {"smallest": smallest}
