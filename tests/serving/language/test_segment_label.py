from __future__ import annotations

import pytest

from serving.language.language import Language
from serving.language.segment_label import segment_label


@pytest.mark.parametrize(
    ("name", "english", "spanish"),
    [
        ("No internet", "No internet", "Sin internet"),
        ("New, month-to-month", "New, month-to-month", "Nuevos, mes a mes"),
        ("Loyal, high value (2)", "Loyal, high value (2)", "Fieles, valor alto (2)"),
        ("new month-to-month", "New month-to-month", "New month-to-month"),
    ],
)
def test_a_name_in_both_languages(name: str, english: str, spanish: str) -> None:
    assert segment_label(name, Language("en")) == english
    assert segment_label(name, Language("es")) == spanish
