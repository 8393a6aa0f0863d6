from __future__ import annotations

import re

import pytest

from training.report.figures import LocalPercent, draw
from training.report.language import load_language


@pytest.mark.parametrize(("code", "half", "thousand"), [("en", "−0.5", "1,000"), ("es", "−0,5", "1.000")])
def test_numbers_beside_the_axes_are_written_as_readers_write_them(code, half, thousand):
    def paint(axes):
        axes.plot([0, 1000], [-1, 1])
        axes.set_xticks([0, 1000])
        axes.set_yticks([-0.5, 0.5])

    svg = draw("one", "One", paint, load_language(code)).svg
    assert f">{half}<" in svg
    assert f">{thousand}<" in svg


def test_shares_are_percentages_of_the_language():
    assert LocalPercent(load_language("es"))(-0.25) == "−25\N{NO-BREAK SPACE}%"
    assert LocalPercent(load_language("en"))(0.25) == "25%"


def test_a_drawing_is_never_smaller_than_a_pixel_a_point():
    figure = draw("two", "Two", lambda axes: axes.plot([0, 1]), load_language("en"), (5.0, 2.0))
    points = re.search(r'viewBox="0 0 (\S+) ', figure.svg)
    assert points is not None
    assert f"min-width: {float(points.group(1)):.0f}px" in figure.svg


def test_markup_in_names_is_text_in_a_drawing():
    def paint(axes):
        axes.plot([0, 1])
        axes.set_xlabel("x <b> & y")

    svg = draw("three", "Three <i> & more", paint, load_language("en")).svg
    assert ">Three &lt;i&gt; &amp; more</title>" in svg
    assert ">x &lt;b&gt; &amp; y<" in svg
