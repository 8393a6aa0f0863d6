"""What batch scoring prints, as a rich table."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from serving.batch import BatchReport
from serving.language.language import Language

_ENGLISH = Language("en")
BAND_STYLE = {"low": "green", "medium": "yellow", "high": "red"}


def most_at_risk(report: BatchReport) -> Table:
    """The customers most at risk who have not left, the highest probability first."""
    title = f"The {len(report.top)} customers most at risk on {report.as_of:%Y-%m-%d}"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in ("", "customerID", "probability", "band", "segment", "contract", "charges"):
        numeric = heading in ("", "probability", "charges")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=True)
    for rank, row in enumerate(report.top.to_dict("records"), start=1):
        contract, charges = row.get("contract"), row.get("monthly_charges")
        table.add_row(
            str(rank),
            Text(row["customerID"]),
            f"{row['probability']:.3f}",
            Text(_ENGLISH.name("band", row["band"]), style=BAND_STYLE[row["band"]]),
            Text(row["segment"]),
            Text("" if _missing(contract) else _ENGLISH.feature_value("Contract", contract)),
            "" if _missing(charges) else f"{charges:.2f}",
        )
    return table


def _missing(value: Any) -> bool:
    return value is None or value != value
