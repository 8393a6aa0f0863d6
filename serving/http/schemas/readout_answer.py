"""How a campaign came out, in the answer of ``/campaigns``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field

from serving.campaigns.outcome.figures import Comparison, Figure, Verdict
from serving.campaigns.outcome.groups import Group
from serving.campaigns.outcome.readout import Readout
from serving.campaigns.plan import Arm
from serving.language.language import Language
from serving.language.segment_label import segment_label
from serving.scoring.answer_base import Answer


@dataclass(frozen=True)
class Words:
    """A language, and the names in it of the offers of the playbook in service."""

    language: Language
    offers: Mapping[str, str]

    def offer(self, key: str) -> str:
        """The name of an offer; its key if the playbook no longer has it."""
        return self.offers.get(key, key)

    def segment(self, name: str) -> str:
        """The name of a segment in the language."""
        return segment_label(name, self.language)

    def verdict(self, verdict: Verdict) -> str:
        """A verdict in the language."""
        return self.language.say(f"readout.verdict.{verdict}")


class Interval(Answer):
    """A figure with its 95 % interval; both ends are null where there are too few customers for one."""

    value: float
    low: float | None
    high: float | None

    @classmethod
    def told(cls, figure: Figure | None) -> Interval | None:
        """Make it of a figure, if there is one."""
        return None if figure is None else cls.of(value=figure.value, low=figure.low, high=figure.high)


class ArmsCompared(Answer):
    """The customers who left of their own will, in two arms."""

    offered: float = Field(description="share of those who were offered something")
    held_out: float = Field(description="share of those who were held out")
    difference: Interval = Field(description="the first less the second; below 0 fewer left")
    offered_customers: int
    held_out_customers: int

    @classmethod
    def told(cls, compared: Comparison | None) -> ArmsCompared | None:
        """Make it of a comparison, if there is one."""
        if compared is None:
            return None
        return cls.of(
            offered=compared.offered,
            held_out=compared.held_out,
            difference=Interval.told(compared.difference),
            offered_customers=compared.rows[0],
            held_out_customers=compared.rows[1],
        )


class ReadoutPart(Answer):
    """One segment or one planned offer of a campaign."""

    name: str
    label: str = Field(description="the name in `language`")
    customers: int
    churn: ArmsCompared | None = Field(description="null where an arm has nobody")
    verdict: Verdict = Field(description="after Holm's correction for the number of parts")
    verdict_text: str = Field(description="the verdict in `language`")

    @classmethod
    def told(cls, group: Group, label: str, words: Words) -> ReadoutPart:
        """Make it of a part of a readout."""
        return cls.of(
            name=group.name,
            label=label,
            customers=group.customers,
            churn=ArmsCompared.told(group.churn),
            verdict=group.verdict,
            verdict_text=words.verdict(group.verdict),
        )


class ReadoutAnswer(Answer):
    """How a campaign came out, as `campaign readout` wrote it. Amounts are in the currency of the charges."""

    until: date = Field(description="the end of the window that is judged")
    data_until: datetime = Field(description="the end of the data that it was judged on, UTC")
    customers: dict[Arm, int] = Field(description="who are judged, by arm")
    verdict: Verdict
    verdict_text: str = Field(description="the verdict in `language`")
    churn: ArmsCompared | None = Field(description="null where an arm has nobody")
    kept: Interval | None = Field(description="customers kept, in all")
    profit: Interval | None = Field(description="in all")
    cost: float = Field(description="of the offers, as planned")
    segments: list[ReadoutPart]
    offers: list[ReadoutPart]
    warnings: list[str] = Field(description="what speaks against it, in `language`")

    @classmethod
    def told(cls, readout: Readout | None, words: Words) -> ReadoutAnswer | None:
        """Make it of a readout, if there is one."""
        if readout is None:
            return None
        return cls.of(
            until=readout.until,
            data_until=readout.data_until,
            customers=readout.arms,
            verdict=readout.verdict,
            verdict_text=words.verdict(readout.verdict),
            churn=ArmsCompared.told(readout.churn),
            kept=Interval.told(readout.kept),
            profit=Interval.told(readout.total_profit),
            cost=readout.cost,
            segments=[ReadoutPart.told(part, words.segment(part.name), words) for part in readout.segments],
            offers=[ReadoutPart.told(part, words.offer(part.name), words) for part in readout.offers],
            warnings=[doubt.text[words.language.code] for doubt in readout.doubts],
        )
