"""The endpoints, one per module. Each module makes its `Endpoint` from the runtime."""

from __future__ import annotations

from serving.http.endpoint import Endpoint
from serving.http.endpoints.at_risk import at_risk
from serving.http.endpoints.at_risk_csv import at_risk_csv
from serving.http.endpoints.campaigns import campaigns
from serving.http.endpoints.history import history
from serving.http.endpoints.model import model
from serving.http.endpoints.score import score
from serving.http.endpoints.score_many import score_many
from serving.http.endpoints.segments import segments
from serving.http.endpoints.what_if import what_if
from serving.http.runtime import Runtime

ABOUT_CUSTOMERS = (score, score_many, what_if, at_risk, at_risk_csv, campaigns)
ABOUT_THE_MODEL = (model, segments, history)
PATHS = tuple(f"/{make.__name__}" for make in (*ABOUT_CUSTOMERS, *ABOUT_THE_MODEL))
"""Each path is the name of the function that makes the endpoint."""


def endpoints(runtime: Runtime) -> list[Endpoint]:
    """Every endpoint that takes a JSON body."""
    return [make(runtime) for make in (*ABOUT_CUSTOMERS, *ABOUT_THE_MODEL)]
