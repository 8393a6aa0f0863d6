"""Goals as `campaign goals` prints them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from serving.campaigns.outcome.figures import Figure
from serving.campaigns.outcome.goals import GoalResult
from serving.language.language import NOTHING, Language

_STYLE = {"passed": "green", "failed": "red", "not yet known": "yellow"}


def goals_table(results: Sequence[GoalResult], language: Language) -> Table:
    """Each goal with its figure and interval, whether it is met, and what would settle it.

    Parameters
    ----------
    results : sequence of GoalResult
    language : Language
    """
    headings = [
        language.say(f"readout.goals.{name}") for name in ("goal", "target", "figure", "met", "settles")
    ]
    table = Table(*headings, box=None, padding=(0, 2, 0, 0))
    for result in results:
        table.add_row(
            result.name[language.code],
            language.share(result.target),
            _figure(result.figure, language),
            Text(language.say(f"readout.goal.{result.state}"), style=_STYLE[result.state]),
            "" if result.settles is None else result.settles[language.code],
        )
    return table


def _figure(figure: Figure | None, language: Language) -> str:
    if figure is None or figure.low is None or figure.high is None:
        return NOTHING
    value, low, high = (language.share(end) for end in (figure.value, figure.low, figure.high))
    return f"{value} ({low}; {high})"
