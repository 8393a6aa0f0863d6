"""The lake's tables: their columns, types and categories. Nothing in this room repeats them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")
KEYS = ("customerID", "event_timestamp", "created_timestamp")

YES_NO = ("Yes", "No")
NO_INTERNET = "No internet service"
NO_PHONE = "No phone service"
ADD_ON = ("Yes", "No", NO_INTERNET)
INTERNET_ADD_ONS = (
    "OnlineSecurity",
    "OnlineBackup",
    "DeviceProtection",
    "TechSupport",
    "StreamingTV",
    "StreamingMovies",
)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        The Telco file's own spelling where it has the column.
    type : pyarrow.DataType
        Type in the Parquet file.
    categories : tuple of str
        Every value allowed; empty for a column that is not a closed category.
    nullable : bool
        Whether a null may stand in it at all.
    optional : bool
        Whether a telecom's own files, and parts that an earlier version wrote, may lack it.
    default : str, optional
        What then stands in it; by default null.
    """

    name: str
    type: pa.DataType
    categories: tuple[str, ...] = ()
    nullable: bool = False
    optional: bool = False
    default: str | None = None


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    Parameters
    ----------
    name : str
        Name of its folder, without `.parquet`.
    columns : tuple of Column
        In the file's order, the three keys first.
    unique : tuple of str
        The columns that together name a row. A row that is learned anew, with another `created_timestamp`,
        corrects an earlier one; both stay.
    """

    name: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns beside the three keys."""
        return tuple(column for column in self.columns if column.name not in KEYS)

    @property
    def optional(self) -> tuple[Column, ...]:
        """The columns that a file may lack, the last ones."""
        return tuple(column for column in self.columns if column.optional)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the Parquet file."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _category(name: str, *categories: str) -> Column:
    return Column(name, pa.string(), categories)


def _count(name: str, nullable: bool = False) -> Column:
    return Column(name, pa.int64(), nullable=nullable)


def _dollars(name: str, nullable: bool = False) -> Column:
    return Column(name, pa.float64(), nullable=nullable)


def _table(name: str, *values: Column, unique: tuple[str, ...]) -> Table:
    keys = (Column("customerID", pa.string()), Column("event_timestamp", TIMESTAMP))
    return Table(name, (*keys, Column("created_timestamp", TIMESTAMP), *values), unique)


DEMOGRAPHICS = _table(
    "demographics",
    _category("gender", "Female", "Male"),
    _count("SeniorCitizen"),
    _category("Partner", *YES_NO),
    _category("Dependents", *YES_NO),
    Column("household", pa.string(), nullable=True, optional=True),
    unique=("customerID", "event_timestamp"),
)
SERVICES = _table(
    "services",
    _category("PhoneService", *YES_NO),
    _category("MultipleLines", "Yes", "No", NO_PHONE),
    _category("InternetService", "DSL", "Fiber optic", "No"),
    *(_category(name, *ADD_ON) for name in INTERNET_ADD_ONS),
    _category("Contract", "Month-to-month", "One year", "Two year"),
    _category("PaperlessBilling", *YES_NO),
    _category(
        "PaymentMethod",
        "Electronic check",
        "Mailed check",
        "Bank transfer (automatic)",
        "Credit card (automatic)",
    ),
    unique=KEYS,
)
BILLING = _table(
    "billing",
    _count("tenure"),
    _dollars("MonthlyCharges"),
    _dollars("TotalCharges"),
    _dollars("AvgMonthlyCharges"),
    _dollars("MonthlyChargesVsAvg"),
    _dollars("MonthlyChargesChange3m", nullable=True),
    Column("ContractMonthsLeft", pa.int64(), nullable=True, optional=True),
    unique=KEYS,
)
TICKETS = _table(
    "tickets",
    _count("numAdminTickets"),
    _count("numTechTickets"),
    _count("numAdminTickets1m", nullable=True),
    _count("numTechTickets1m", nullable=True),
    _count("numAdminTickets3m", nullable=True),
    _count("numTechTickets3m", nullable=True),
    unique=KEYS,
)
REASONS = ("voluntary", "non-payment", "moved", "died")
CHURN_EVENTS = _table(
    "churn_events",
    Column("reason", pa.string(), REASONS, optional=True, default="voluntary"),
    unique=("customerID", "event_timestamp"),
)
LABELS = _table("labels", _category("Churn", *YES_NO), unique=("customerID", "event_timestamp"))
OFFERS = _table(
    "offers",
    Column("campaign", pa.string()),
    Column("offer", pa.string()),
    Column("probability", pa.float64(), nullable=True, optional=True),
    unique=("customerID", "campaign"),
)
CONTACTS = _table(
    "contacts",
    Column("channel", pa.string()),
    Column("campaign", pa.string()),
    _category("outcome", "reached", "accepted", "refused", "not reached"),
    unique=(*KEYS, "channel", "campaign"),
)
ALL_CHANNELS = "all"
"""Consent of this channel is of every channel; denied, it means: do not contact."""
CONSENT = _table(
    "consent", Column("channel", pa.string()), _category("allowed", *YES_NO), unique=(*KEYS, "channel")
)
SATISFACTION = _table("satisfaction", _count("score"), unique=KEYS)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        t.name: t
        for t in (
            *(DEMOGRAPHICS, SERVICES, BILLING, TICKETS, CHURN_EVENTS, LABELS, OFFERS),
            *(CONTACTS, CONSENT, SATISFACTION),
        )
    }
)
LATER_TABLES = ("contacts", "consent", "satisfaction")
"""Tables that a lake of an earlier version lacks; they are then empty."""
