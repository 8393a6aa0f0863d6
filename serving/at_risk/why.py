"""The list's codes of decisions as words."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from serving.language.language import Language

WHY = "why"


def in_words(table: pa.Table, language: Language) -> pa.Table:
    """The table with the reason of each decision in words.

    Parameters
    ----------
    table : pyarrow.Table
        Of `serving.at_risk.scores_file.Scores`.
    language : Language
    """
    codes = table[WHY].combine_chunks().dictionary_decode()
    words = {code: language.say(f"decision.{code}") for code in pc.unique(codes).to_pylist()}
    said = pa.array([words[code] for code in codes.to_pylist()], pa.string())
    return table.set_column(table.column_names.index(WHY), WHY, said)
