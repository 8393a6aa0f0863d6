"""A readout as `campaign readout` prints it, in the language of who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Group as Page
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from serving.campaigns.outcome.estimate import FEWEST
from serving.campaigns.outcome.fairness import FairnessRow
from serving.campaigns.outcome.figures import Comparison, Figure
from serving.campaigns.outcome.groups import Group
from serving.campaigns.outcome.readout import Readout
from serving.campaigns.outcome.response import Response
from serving.language.language import NOTHING, Language, capital

Write = Callable[[float], str]


def readout_table(readout: Readout, language: Language) -> Page:
    """All that a readout says, for a terminal.

    Parameters
    ----------
    readout : Readout
    language : Language
    """
    return _Tables(language).page(readout)


class _Tables:
    def __init__(self, language: Language) -> None:
        self._say = language.say
        self._language = language
        self._share: Write = language.share

    def page(self, readout: Readout) -> Page:
        return Page(*(Padding(part, (0, 0, 1, 0)) for part in self._parts(readout)), *self._end(readout))

    def _parts(self, readout: Readout) -> Iterator[Table | Text]:
        yield self._first_line(readout)
        yield self._outcomes(readout)
        yield self._totals(readout)
        yield self._groups("segment", readout.segments)
        yield self._groups("planned_offer", readout.offers)
        if readout.response is not None:
            yield self._response(readout.response)
        yield self._fairness(readout.fairness)

    def _first_line(self, readout: Readout) -> Text:
        arms = readout.arms
        return Text(
            self._say(
                "readout.campaign",
                name=readout.name,
                starts=readout.starts.isoformat(),
                until=readout.until.isoformat(),
                offered=arms["offer"],
                held_out=arms["holdout"],
                control=arms["control"],
            )
        )

    def _end(self, readout: Readout) -> Iterator[Text]:
        verdict = self._say(f"readout.verdict.{readout.verdict}")
        yield Text(f"{readout.name}: {verdict}{self._lacking(readout.churn)}", style="bold")
        yield from (Text(f"! {doubt.text[self._language.code]}") for doubt in readout.doubts)

    def _outcomes(self, readout: Readout) -> Table:
        table = self._table("", "offered", "held_out", "difference", "change")
        rows: tuple[tuple[str, Comparison | None, Write], ...] = (
            ("churn", readout.churn, self._share),
            ("gone", readout.gone, self._share),
            ("against_control", readout.against_control, self._share),
            ("revenue", readout.revenue, self._amount),
            ("satisfaction", readout.satisfaction, self._amount),
            ("profit", readout.profit, self._amount),
        )
        for name, compared, write in rows:
            table.add_row(self._say(f"readout.line.{name}"), *self._cells(compared, write))
        return table

    def _cells(self, compared: Comparison | None, write: Write) -> Sequence[str]:
        """Both arms with their customers, difference and change."""
        if compared is None:
            return (NOTHING,) * 4
        means = zip((compared.offered, compared.held_out), compared.rows, strict=True)
        arms = [f"{write(mean)} ({self._language.number(n)})" for mean, n in means]
        changes = ((compared.difference, write), (compared.change, self._share))
        return (*arms, *(self._interval(figure, form) for figure, form in changes))

    def _totals(self, readout: Readout) -> Table:
        table = self._table("", "in_all", "per_1000")
        kept = readout.kept, readout.kept_per_1000
        money = readout.total_profit, readout.profit_per_1000
        table.add_row(self._say("readout.line.kept"), *(self._interval(one, self._amount) for one in kept))
        table.add_row(self._say("readout.line.total"), *(self._interval(one, self._amount) for one in money))
        table.add_row(self._say("readout.line.cost"), self._amount(readout.cost), NOTHING)
        return table

    def _groups(self, kind: str, groups: Sequence[Group]) -> Table:
        table = self._table(kind, "customers", "offered_left", "held_out_left", "difference", "p")
        table.add_column("")
        for group in groups:
            p = NOTHING if group.p is None else self._language.number(group.p, 3)
            verdict = self._say(f"readout.verdict.{group.verdict}") + self._lacking(group.churn)
            cells = self._cells(group.churn, self._share)[:3]
            table.add_row(Text(group.name), self._language.number(group.customers), *cells, p, verdict)
        return table

    def _lacking(self, compared: Comparison | None) -> str:
        """Why there is no verdict, in numbers, where an arm has too few."""
        if compared is None:
            return self._in_brackets("readout.nobody")
        if not compared.too_few or compared.events is None:
            return ""
        offered, held_out = compared.events
        return self._in_brackets("readout.too_few", offered=offered, held_out=held_out, needed=FEWEST)

    def _in_brackets(self, key: str, **values: int) -> str:
        return f" ({self._say(key, **values)})"

    def _response(self, response: Response) -> Text:
        counts = self._say("readout.response", **response.model_dump(exclude={"acceptance"}))
        compared = response.acceptance
        if compared is None:
            return Text(" ".join([counts, self._say("readout.no_former")]))
        change = self._interval(compared.change, self._share)
        ours, theirs = compared.offered, compared.held_out
        return Text(" ".join([counts, self._say("readout.former", ours=ours, theirs=theirs, change=change)]))

    def _fairness(self, rows: Sequence[FairnessRow]) -> Table:
        table = self._table("group", "customers", "offered", "contacted", "ratio", "profit_each")
        table.add_column("")
        for row in rows:
            table.add_row(
                f"{self._say(f'readout.kind.{row.kind}')}: {self._group(row)}",
                self._language.number(row.customers),
                self._share(row.offer_rate),
                self._or_nothing(row.contact_rate, self._share),
                self._or_nothing(row.offer_ratio, self._amount),
                self._or_nothing(row.expected_profit, self._amount),
                self._say("readout.flagged") if row.flagged else "",
            )
        return table

    def _group(self, row: FairnessRow) -> str:
        if row.kind == "gender":
            return self._language.name("value", row.group)
        return self._say(f"readout.group.{row.group}")

    def _interval(self, figure: Figure | None, write: Write) -> str:
        """A figure and its interval; without one, the figure and a dash."""
        if figure is None:
            return NOTHING
        if figure.low is None or figure.high is None:
            return f"{write(figure.value)} ({NOTHING})"
        return f"{write(figure.value)} ({write(figure.low)}; {write(figure.high)})"

    def _table(self, first: str, *others: str) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0))
        table.add_column(capital(self._say(f"readout.heading.{first}")) if first else "")
        for name in others:
            table.add_column(self._say(f"readout.heading.{name}"), justify="right")
        return table

    def _amount(self, value: float) -> str:
        return self._language.number(value, 2)

    @staticmethod
    def _or_nothing(value: float | None, write: Write) -> str:
        return NOTHING if value is None else write(value)
