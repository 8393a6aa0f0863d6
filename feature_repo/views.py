"""The feature views: what is known of a customer, one view for each table of the lake.

A feature is a column of its table, computed once when the table is written. A TTL says for how long a row is
valid. Billing and tickets have a row every month, so one older than two months has expired. Demographics and
services have a row only when something changes, so their TTL is longer than any contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from feast import FeatureView, Field
from feast.types import FeastType, Float64, Int64, String

from feature_repo.entities import customer
from feature_repo.lake import BASE_TAG, lake_base
from feature_repo.sources import source

_YES_NO = ("Yes", "No")
_YES_NO_NONE = (*_YES_NO, "No internet service")
BOUNDS: Mapping[str, Mapping[str, Any]] = {
    "gender": {"values": ("Female", "Male")},
    "SeniorCitizen": {"minimum": 0, "maximum": 1},
    **dict.fromkeys(("Partner", "Dependents", "PhoneService", "PaperlessBilling"), {"values": _YES_NO}),
    "MultipleLines": {"values": (*_YES_NO, "No phone service")},
    "InternetService": {"values": ("DSL", "Fiber optic", "No")},
    **dict.fromkeys(("OnlineSecurity", "OnlineBackup", "DeviceProtection"), {"values": _YES_NO_NONE}),
    **dict.fromkeys(("TechSupport", "StreamingTV", "StreamingMovies"), {"values": _YES_NO_NONE}),
    "Contract": {"values": ("Month-to-month", "One year", "Two year")},
    "PaymentMethod": {
        "values": (
            "Electronic check",
            "Mailed check",
            "Bank transfer (automatic)",
            "Credit card (automatic)",
        )
    },
    **dict.fromkeys(("tenure", "ContractMonthsLeft"), {"minimum": 0, "maximum": 1200}),
    **dict.fromkeys(("MonthlyCharges", "TotalCharges", "AvgMonthlyCharges"), {"minimum": 0}),
    **dict.fromkeys(
        (f"num{kind}Tickets{span}" for kind in ("Admin", "Tech") for span in ("", "1m", "3m")), {"minimum": 0}
    ),
}
"""What the contract of the tables allows in a feature: ``values`` of a category, bounds of a number.

A model carries them from its registration on. A feature that is not named here may have any value.
"""

MONTHLY = timedelta(days=62)
ON_CHANGE = timedelta(days=7300)


def _fields(dtype: FeastType, descriptions: dict[str, str]) -> list[Field]:
    return [Field(name=name, dtype=dtype, description=text) for name, text in descriptions.items()]


def _view(name: str, description: str, ttl: timedelta, schema: list[Field]) -> FeatureView:
    base = lake_base()
    key = Field(name=customer.join_key, dtype=String, description="The customer's id.")
    return FeatureView(
        name=name,
        entities=[customer],
        ttl=ttl,
        schema=[key, *schema],
        source=source(name),
        description=description,
        tags={} if base is None else {BASE_TAG: base},
    )


_ADD_ON = "Yes, No or No internet service."

demographics = _view(
    "demographics",
    "Who the customer is; one row on joining.",
    ON_CHANGE,
    [
        *_fields(String, {"gender": "Female or Male."}),
        *_fields(Int64, {"SeniorCitizen": "1 for a customer of 65 or older, else 0."}),
        *_fields(
            String,
            {
                "Partner": "Whether the customer lives with a partner: Yes or No.",
                "Dependents": "Whether children, parents or others depend on the customer: Yes or No.",
            },
        ),
    ],
)

services = _view(
    "services",
    "What the customer has subscribed to, and how it is paid; one row on joining and one a change.",
    ON_CHANGE,
    _fields(
        String,
        {
            "PhoneService": "Home phone: Yes or No.",
            "MultipleLines": "More than one phone line: Yes, No or No phone service.",
            "InternetService": "Internet connection: DSL, Fiber optic or No.",
            "OnlineSecurity": f"Online security add-on: {_ADD_ON}",
            "OnlineBackup": f"Online backup add-on: {_ADD_ON}",
            "DeviceProtection": f"Device protection add-on: {_ADD_ON}",
            "TechSupport": f"Technical support add-on: {_ADD_ON}",
            "StreamingTV": f"Streaming television over the connection: {_ADD_ON}",
            "StreamingMovies": f"Streaming films over the connection: {_ADD_ON}",
            "Contract": "Term of the contract: Month-to-month, One year or Two year.",
            "PaperlessBilling": "Bills without paper: Yes or No.",
            "PaymentMethod": "Electronic check, Mailed check, or Bank transfer or Credit card (automatic).",
        },
    ),
)

billing = _view(
    "billing",
    "What the customer pays; one row on joining and one at each month's end.",
    MONTHLY,
    [
        *_fields(Int64, {"tenure": "Months billed so far; 0 before the first bill."}),
        *_fields(
            Float64,
            {
                "MonthlyCharges": "Charge of the latest bill, US dollars a month.",
                "TotalCharges": "All charges to date, US dollars.",
                "AvgMonthlyCharges": "TotalCharges / tenure, US dollars a month; MonthlyCharges at tenure 0.",
                "MonthlyChargesVsAvg": "MonthlyCharges less AvgMonthlyCharges, US dollars a month.",
                "MonthlyChargesChange3m": "Change of MonthlyCharges in three bills, US dollars; or null.",
            },
        ),
        *_fields(
            Int64,
            {"ContractMonthsLeft": "Months to the end of the contract, 0 on month-to-month; or null."},
        ),
    ],
)

tickets = _view(
    "tickets",
    "How often the customer asked for help; one row on joining and one at each month's end.",
    MONTHLY,
    _fields(
        Int64,
        {
            "numAdminTickets": "Administrative tickets opened to date.",
            "numTechTickets": "Technical tickets opened to date.",
            "numAdminTickets1m": "Administrative tickets of the month just ended; null if unknown.",
            "numTechTickets1m": "Technical tickets of the month just ended; null if unknown.",
            "numAdminTickets3m": "Administrative tickets of the three months just ended; null if unknown.",
            "numTechTickets3m": "Technical tickets of the three months just ended; null if unknown.",
        },
    ),
)

VIEWS: tuple[FeatureView, ...] = (demographics, services, billing, tickets)
