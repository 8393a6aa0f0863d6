"""A readout as `campaign readout` prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from serving.campaigns.outcome.fairness import FairnessRow
from serving.campaigns.outcome.figures import Comparison, Figure
from serving.campaigns.outcome.groups import Group as Part
from serving.campaigns.outcome.readout import Readout
from serving.campaigns.outcome.response import Response
from serving.language.language import NOTHING, Language

Write = Callable[[float], str]


def readout_table(readout: Readout, language: Language) -> Group:
    """All that a readout says, for a terminal.

    Parameters
    ----------
    readout : Readout
    language : Language
        Its verdict and doubts are in it.
    """
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in _paragraphs(readout)), *_doubts(readout, language))


def _paragraphs(readout: Readout) -> Iterator[Table | Text]:
    arms = readout.arms
    yield Text(
        f"Campaign {readout.name}, {readout.starts} to {readout.until}: {arms['offer']:,} offered, "
        f"{arms['holdout']:,} held out, {arms['control']:,} in the control group"
    )
    yield _outcomes(readout)
    yield _totals(readout)
    yield _parts("segment", readout.segments)
    yield _parts("planned offer", readout.offers)
    if readout.response is not None:
        yield Text(response_line(readout.response))
    yield _fairness(readout.fairness)


def _doubts(readout: Readout, language: Language) -> Iterator[Text]:
    yield Text(f"{readout.name}: {language.say(f'readout.verdict.{readout.verdict}')}", style="bold")
    yield from (Text(f"! {doubt.text[language.code]}") for doubt in readout.doubts)


def _outcomes(readout: Readout) -> Table:
    table = _table("", "offered", "held out", "difference, 95 %", "change, 95 %")
    rows: tuple[tuple[str, Comparison | None, Write], ...] = (
        ("left of their own will", readout.churn, _share),
        ("left for any reason", readout.gone, _share),
        ("left, against the control group", readout.against_control, _share),
        ("revenue a customer", readout.revenue, _amount),
        ("satisfaction of who answered", readout.satisfaction, _amount),
        ("profit a customer", readout.profit, _amount),
    )
    for name, compared, write in rows:
        table.add_row(name, *_cells(compared, write))
    return table


def _cells(compared: Comparison | None, write: Write) -> tuple[str, ...]:
    if compared is None:
        return (NOTHING,) * 4
    counts = [f"{write(mean)} ({n:,})" for mean, n in _means(compared)]
    return (*counts, with_interval(compared.difference, write), with_interval(compared.change, _share))


def _means(compared: Comparison) -> Iterator[tuple[float, int]]:
    yield from zip((compared.offered, compared.held_out), compared.rows, strict=True)


def _totals(readout: Readout) -> Table:
    table = _table("", "in all", "per 1,000 offered")
    table.add_row("kept", *(with_interval(one, _amount) for one in (readout.kept, readout.kept_per_1000)))
    money = (readout.total_profit, readout.profit_per_1000)
    table.add_row("profit", *(with_interval(one, _amount) for one in money))
    table.add_row("cost, as planned", _amount(readout.cost), NOTHING)
    return table


def _parts(kind: str, parts: list[Part]) -> Table:
    table = _table(kind, "customers", "offered left", "held out left", "difference, 95 %", "p (Holm)", "")
    for part in parts:
        left, held, difference, _ = _cells(part.churn, _share)
        p = NOTHING if part.p is None else f"{part.p:.3f}"
        lacking = part.churn.too_few if part.churn else "an arm has nobody"
        table.add_row(part.name, f"{part.customers:,}", left, held, difference, p, lacking or part.verdict)
    return table


def response_line(response: Response) -> str:
    """The answers in a sentence."""
    told = (
        f"Of {response.offered:,} offered: {response.contacted:,} contacted, {response.reached:,} reached, "
        f"{response.accepted:,} accepted, {response.refused:,} refused"
    )
    if response.acceptance is None:
        return f"{told}; no former campaign to compare with"
    compared = response.acceptance
    return (
        f"{told}; {_share(compared.offered)} of the contacted accepted, {_share(compared.held_out)} in "
        f"former campaigns: {with_interval(compared.change, _share)}"
    )


def _fairness(rows: list[FairnessRow]) -> Table:
    table = _table("group", "customers", "offered", "contacted", "to the most", "profit each", "")
    for row in rows:
        table.add_row(
            f"{row.kind}: {row.group}",
            f"{row.customers:,}",
            _share(row.offer_rate),
            NOTHING if row.contact_rate is None else _share(row.contact_rate),
            NOTHING if row.offer_ratio is None else f"{row.offer_ratio:.2f}",
            NOTHING if row.expected_profit is None else _amount(row.expected_profit),
            "below four fifths" if row.flagged else "",
        )
    return table


def with_interval(figure: Figure | None, write: Write) -> str:
    """A figure and its interval; without one, the figure and a dash."""
    if figure is None:
        return NOTHING
    if figure.low is None or figure.high is None:
        return f"{write(figure.value)} ({NOTHING})"
    return f"{write(figure.value)} ({write(figure.low)} to {write(figure.high)})"


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="left" if not heading else "right")
    return table


def _share(value: float) -> str:
    return f"{value:.1%}"


def _amount(value: float) -> str:
    return f"{value:,.2f}"
