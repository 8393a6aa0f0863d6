"""Figures as SVG inside the page: drawn by matplotlib, no script, readable by screen readers and in print."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import PercentFormatter, ScalarFormatter

from training.report.language import Language

# Okabe and Ito's palette, which colour-blind readers can tell apart.
STAYED = "#0072B2"
CHURNED = "#D55E00"
OTHER = "#009E73"
GREY = "#767676"
INK = "#333333"
MINUS = "\N{MINUS SIGN}"
POINTS_PER_REM = 11.0
COLUMN = 4.9
"""Inches of a drawing that a phone shows whole, with type as large as it was drawn."""
STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@dataclass(frozen=True)
class Figure:
    """One drawing.

    Attributes
    ----------
    name : str
        Its id in the page.
    title : str
        What it shows, in the reader's language.
    svg : str
    """

    name: str
    title: str
    svg: str


class LocalTicks(ScalarFormatter):
    """Numbers beside an axis, as the report's readers write them."""

    def __init__(self, language: Language) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)
        self._language = language

    def __call__(self, value: float, position: int | None = None) -> str:
        """Matplotlib's choice of decimals, in the language's own form."""
        _, _, decimals = super().__call__(value, position).partition(".")
        return self._language.number(value, len(decimals)).replace("-", MINUS)


class LocalPercent(PercentFormatter):
    """Shares beside an axis, as the report's readers write percentages."""

    def __init__(self, language: Language) -> None:
        super().__init__(1.0, 0)
        self._language = language

    def __call__(self, value: float, position: int | None = None) -> str:  # noqa: ARG002 -- matplotlib's signature
        """A whole percentage."""
        return self._language.percent(value, 0).replace("-", MINUS)


def draw(
    name: str,
    title: str,
    paint: Callable[[Axes], Any],
    language: Language,
    size: tuple[float, float] = (COLUMN, 3.2),
) -> Figure:
    """One drawing on one pair of axes.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and hyphens; unique in the page.
    title : str
    paint : callable
        Draws on the axes.
    language : Language
        Of the numbers beside the axes.
    size : tuple of float
        Inches; the page scales it to its width.
    """
    with canvas(size) as page:
        paint(page.add_subplot())
        return finish(name, title, page, language)


@contextmanager
def canvas(size: tuple[float, float]) -> Iterator[Canvas]:
    """An empty drawing in the report's style."""
    with rc_context(STYLE):
        yield Canvas(figsize=size, layout="constrained")


def finish(name: str, title: str, page: Canvas, language: Language) -> Figure:
    """A drawing as SVG that can stand in a page among others."""
    for axes in page.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter):
                axis.set_major_formatter(LocalTicks(language))
    text = io.StringIO()
    with rc_context(STYLE | {"svg.hashsalt": name}):
        page.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(name, title, _embedded(text.getvalue(), name, title))


def _embedded(svg: str, name: str, title: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Ids are unique in the page, not only in the drawing.
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(width|height|version|xmlns:xlink|xmlns)="[^"]*"', "", head)
    # As wide as it was drawn, in the page's own type size. The page makes it narrower where it must, down to
    # a pixel a point: a wider drawing is moved sideways on a phone, instead of being too small to read.
    points = float(re.search(r'viewBox="\S+ \S+ (\S+) ', head).group(1))  # type: ignore[union-attr]
    head += f' style="width: {points / POINTS_PER_REM:.1f}rem; min-width: {points:.0f}px"'
    head += f' role="img" aria-labelledby="{name}-title"'
    return f'{head}><title id="{name}-title">{escape(title)}</title>{rest}'.replace("xlink:href", "href")
