"""The endpoints, one a module: each makes its `Endpoint` from the runtime."""

from __future__ import annotations

from serving.http.endpoint import Endpoint
from serving.http.endpoints.model import model
from serving.http.endpoints.score import score
from serving.http.endpoints.score_many import score_many
from serving.http.endpoints.what_if import what_if
from serving.http.runtime import Runtime


def endpoints(runtime: Runtime) -> list[Endpoint]:
    """Every endpoint that takes a JSON body."""
    return [make(runtime) for make in (score, score_many, what_if, model)]
