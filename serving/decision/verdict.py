"""What a decision can be: few verdicts, each made once and shared by all customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from serving.decision.playbook.schema import Offer
from serving.decision.suppressed import KINDS
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language

EffectKind = Literal["measured", "assumed"]
Choosing = Literal["not_eligible", "does_not_pay", "not_sure", "unmeasured"]
WITHOUT_CONTACT = ("low_risk", *get_args(Choosing), "no_playbook", "unscored", *KINDS)
WITH_CONTACT = ("pays", "pays_assumed", "explored")


@dataclass(frozen=True, eq=False)
class Verdict:
    """Everything of a decision that many customers share.

    Attributes
    ----------
    contact : bool
    offer : str or None
        The offer's key in the playbook; None without a contact.
    why : str
        A code of WITH_CONTACT or WITHOUT_CONTACT; `words` say it.
    effect : {"measured", "assumed"}
        What it rests on.
    threshold : float or None
        The probability from which training's rule contacts a customer; None: nobody.
    words, offer_name : mapping of LanguageCode to str
        The reason, and the offer's name; no name without an offer.
    """

    contact: bool
    offer: str | None
    why: str
    effect: EffectKind
    threshold: float | None
    words: Mapping[LanguageCode, str]
    offer_name: Mapping[LanguageCode, str]


class Decision(NamedTuple):
    """The decision about one customer.

    Attributes
    ----------
    verdict : Verdict
    expected_profit : float
        Of the offer, in the currency of the charges; 0 without one.
    """

    verdict: Verdict
    expected_profit: float


class Verdicts:
    """All verdicts that a model and a playbook can give.

    Parameters
    ----------
    offers : mapping of str to Offer
    measured : sequence of bool
        Whether the effect of each offer has been measured.
    any_measured : bool
        Whether the model has measured effects at all.
    threshold : float or None
    """

    def __init__(
        self,
        offers: Mapping[str, Offer],
        measured: Sequence[bool],
        any_measured: bool,
        threshold: float | None,
    ) -> None:
        rests_on: EffectKind = "measured" if any_measured else "assumed"
        self.all = [
            Verdict(False, None, why, rests_on, threshold, why_in_words(why), {}) for why in WITHOUT_CONTACT
        ]
        for (name, offer), of_offer in zip(offers.items(), measured, strict=True):
            effect: EffectKind = "measured" if of_offer else "assumed"
            for why in ("pays" if of_offer else "pays_assumed", "explored"):
                words = why_in_words(why)
                self.all.append(Verdict(True, name, why, effect, threshold, words, offer.name))

    def without_contact(self, why: str) -> Decision:
        """The decision that nobody is contacted."""
        return Decision(self.all[position(why)], 0.0)

    def offering(self, offer: int, profit: float, *, by_lot: bool = False) -> Decision:
        """The decision for an offer, by its position."""
        return Decision(self.all[position_of_offer(offer, by_lot=by_lot)], profit)


def position(why: str) -> int:
    """Position of the verdict without a contact."""
    return WITHOUT_CONTACT.index(why)


def position_of_offer(offer: int, *, by_lot: bool = False) -> int:
    """Position of the verdict for an offer."""
    return len(WITHOUT_CONTACT) + 2 * offer + by_lot


def why_in_words(why: str) -> Mapping[LanguageCode, str]:
    """A reason in every language."""
    return {code: Language(code).say(f"decision.{why}") for code in LANGUAGES}
