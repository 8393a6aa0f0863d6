from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadRowsError, InputError
from data.schema import ADD_ON, DEMOGRAPHICS, INTERNET_ADD_ONS, NO_INTERNET, NO_PHONE, SERVICES, YES_NO
from data.telco import csv_file as telco_csv
from data.telco.contract import COLUMNS, COLUMNS_WITH_TICKETS
from data.telco.csv_file import parse
from data.telco.csv_text import read_content, split

Row = dict[str, str]
PATH = Path("telco.csv")


def content(rows: list[Row]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def test_numbers_are_typed_and_the_blank_total_is_0(telco_rows: list[Row]) -> None:
    telco = parse(PATH, content(telco_rows))
    rows = telco.rows.to_pydict()
    assert rows["tenure"] == [1, 2, 0, 16]
    assert rows["MonthlyCharges"] == [30.0, 55.5, 90.25, 20.0]
    assert rows["TotalCharges"] == [30.0, 108.0, 0.0, 320.0]
    assert rows["SeniorCitizen"] == [0, 1, 0, 0]
    assert rows["Churn"] == ["No", "Yes", "No", "No"]
    assert telco.blank_lines == (4,)
    assert not telco.tickets


def test_senior_citizen_may_be_words(telco_rows: list[Row]) -> None:
    for row, word in zip(telco_rows, ("Yes", "No", "1", "0"), strict=True):
        row["SeniorCitizen"] = word
    assert parse(PATH, content(telco_rows)).rows["SeniorCitizen"].to_pylist() == [1, 0, 1, 0]


def test_the_form_with_tickets(telco_rows: list[Row]) -> None:
    rows = [{**row, "numAdminTickets": "3", "numTechTickets": str(i)} for i, row in enumerate(telco_rows)]
    telco = parse(PATH, content(rows))
    assert telco.tickets
    assert telco.rows["numTechTickets"].to_pylist() == [0, 1, 2, 3]


def test_the_order_of_the_columns_is_free(telco_rows: list[Row]) -> None:
    shuffled = random.Random(3).sample(COLUMNS, len(COLUMNS))
    mixed = parse(PATH, content([{c: row[c] for c in shuffled} for row in telco_rows]))
    assert mixed.rows.select(COLUMNS).equals(parse(PATH, content(telco_rows)).rows)


def test_every_bad_row_of_every_kind_is_listed_in_order(telco_rows: list[Row]) -> None:
    telco_rows[0]["tenure"] = "soon"
    telco_rows[1]["customerID"] = telco_rows[0]["customerID"]
    telco_rows[3]["MonthlyCharges"] = "-20"
    text = content(telco_rows).decode().splitlines()
    text[3] += ",surplus"
    with pytest.raises(BadRowsError) as caught:
        parse(PATH, "\n".join(text).encode())
    assert str(caught.value).splitlines() == [
        "telco.csv cannot be loaded: 4 problems on 4 lines.",
        "  line 2, tenure: 'soon'; rule: a whole number of months from 0 to 1,200",
        "  line 3, customerID: '1001-DSLNP'; rule: stands once; it stands on line 2 already",
        "  line 4, whole line: 22 fields; rule: 21 fields, as in the header",
        "  line 5, MonthlyCharges: '-20'; rule: a number of at least 0, such as 29.85",
    ]


def test_batches_make_no_difference(telco_rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parse(PATH, content(telco_rows))
    bad = content([*telco_rows, telco_rows[0], {**telco_rows[1], "customerID": "x", "tenure": "?"}])
    with pytest.raises(BadRowsError) as caught_whole:
        parse(PATH, bad)
    monkeypatch.setattr(telco_csv, "split", partial(split, most=1))
    assert parse(PATH, content(telco_rows)) == whole
    with pytest.raises(BadRowsError) as caught:
        parse(PATH, bad)
    assert caught.value.violations == caught_whole.value.violations


def test_progress_ends_at_the_last_line(telco_rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, int, int]] = []
    monkeypatch.setattr(telco_csv, "split", partial(split, most=2))
    parse(PATH, content(telco_rows), lambda *step: steps.append(step))
    assert steps == [("lines read", 3, 5), ("lines read", 5, 5)]


def test_a_file_of_ragged_rows_alone_is_told() -> None:
    with pytest.raises(BadRowsError, match="line 2, whole line: 1 field"):
        parse(PATH, (",".join(COLUMNS) + "\nx\n").encode())


def customers() -> st.SearchStrategy[Row]:
    def finish(row: Row) -> Row:
        phone = {} if row["PhoneService"] == "Yes" else {"MultipleLines": NO_PHONE}
        net = {} if row["InternetService"] != "No" else dict.fromkeys(INTERNET_ADD_ONS, NO_INTERNET)
        return {**row, **phone, **net}

    plain = {c.name: st.sampled_from(c.categories) for c in SERVICES.values}
    plain |= {c.name: st.sampled_from(c.categories or ("0", "1")) for c in DEMOGRAPHICS.values}
    plain |= dict.fromkeys(("MultipleLines", *INTERNET_ADD_ONS), st.sampled_from(ADD_ON[:2]))
    amounts, totals = (st.decimals(least, 10_000, places=2).map(str) for least in (0, "0.01"))
    numbers = {"tenure": st.integers(0, 1200).map(str), "MonthlyCharges": amounts, "TotalCharges": totals}
    counts = {c: st.integers(0, 99).map(str) for c in COLUMNS_WITH_TICKETS[-3:-1]}
    ids = {"customerID": st.from_regex(r"\A[!-~]{1,12}\Z"), "Churn": st.sampled_from(YES_NO)}
    row = st.fixed_dictionaries({**plain, **numbers, **counts, **ids})
    return row.map(lambda r: {c: finish(r)[c] for c in COLUMNS_WITH_TICKETS})


FILES = st.lists(customers(), min_size=1, max_size=5, unique_by=lambda row: row["customerID"])


@settings(max_examples=25)
@given(rows=FILES)
def test_a_good_file_comes_back_as_it_was(rows: list[Row]) -> None:
    back = parse(PATH, content(rows)).rows.to_pylist()
    for given_row, row in zip(rows, back, strict=True):
        for name, cell in given_row.items():
            assert row[name] == (cell if isinstance(row[name], str) else float(cell))


WORDS = {word for table in (DEMOGRAPHICS, SERVICES) for column in table.values for word in column.categories}
JUNK = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).filter(
    lambda text: text not in WORDS and not text.replace(".", "").strip().isdigit()
)


@settings(max_examples=35)
@given(rows=FILES, data=st.data(), junk=JUNK)
def test_a_junk_cell_is_found_with_its_line_and_column(
    rows: list[Row], data: st.DataObject, junk: str
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from([c for c in COLUMNS_WITH_TICKETS if c != "customerID"]))
    if column == "TotalCharges" and not junk.strip():
        junk = "x"
    rows[at][column] = junk
    # A line break inside a cell moves the lines below it, not the line its own row starts on.
    with pytest.raises(BadRowsError) as caught:
        parse(PATH, content(rows))
    assert (at + 2, column) in {(v.line, v.column) for v in caught.value.violations}


@settings(max_examples=80)
@given(
    junk=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore")))
)
def test_any_bytes_at_all_are_refused_with_an_error_of_this_room(junk: bytes) -> None:
    header = ",".join(COLUMNS).encode() + b"\n"
    for bytes_ in (junk, header + junk):
        with pytest.raises(InputError):
            parse(PATH, bytes_)


def test_the_published_file(real_csv: Path) -> None:
    telco = parse(real_csv, read_content(real_csv))
    assert telco.rows.num_rows == 7043
    assert telco.rows["Churn"].to_pylist().count("Yes") == 1869
    assert len(telco.blank_lines) == 11
    assert telco.name == "telco_customer_churn.csv"


def test_the_published_file_with_tickets(real_csv: Path, write_csv: Callable[[list[Row]], Path]) -> None:
    with real_csv.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    wide = [{**row, "numAdminTickets": "1", "numTechTickets": row["SeniorCitizen"]} for row in rows]
    path = write_csv([{c: row[c] for c in COLUMNS_WITH_TICKETS} for row in wide])
    telco = parse(path, read_content(path))
    assert telco.tickets
    assert telco.rows["numTechTickets"].to_pylist() == telco.rows["SeniorCitizen"].to_pylist()
