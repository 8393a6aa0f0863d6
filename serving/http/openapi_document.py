"""The OpenAPI document of everything that the service answers: endpoints, probes and metrics."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.utils import get_openapi

from serving.http.api import build_app
from serving.http.http_errors import REQUEST_ID
from serving.http.runtime import Runtime
from serving.http.schemas.error_answer import ErrorAnswer
from serving.http.schemas.readiness_answer import ReadyAnswer

_SCHEMAS = "#/components/schemas/"
_KEY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}]
"""Either way of sending a key."""


def openapi_document(runtime: Runtime, *, keys_required: bool) -> dict[str, Any]:
    """Make the document, OpenAPI 3.1.

    Parameters
    ----------
    runtime : Runtime
    keys_required : bool
        Whether the service requires API keys.
    """
    document = get_openapi(
        title="Stayline",
        version="1",
        description="Which customers are about to leave, by customerID.",
        routes=build_app(runtime).routes,
    )
    posts = list(document["paths"])
    for item in document["paths"].values():
        item["post"].setdefault("parameters", []).append(_request_id_parameter())
        for status, response in item["post"]["responses"].items():
            response["headers"] = _headers(int(status))
    document["paths"] |= _infrastructure()
    for path in (*posts, "/metrics"):
        for operation in document["paths"][path].values():
            if keys_required:
                operation["security"] = _KEY
            else:
                operation["responses"].pop("401")
    parts = document.setdefault("components", {})
    parts["schemas"] |= _ready_schemas()
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    return document


def _ready_schemas() -> dict[str, Any]:
    schema = ReadyAnswer.model_json_schema(mode="serialization", ref_template=f"{_SCHEMAS}{{model}}")
    return {**schema.pop("$defs"), ReadyAnswer.__name__: schema}


def _request_id_parameter() -> dict[str, Any]:
    return {
        "name": REQUEST_ID,
        "in": "header",
        "required": False,
        "description": "comes back in the answer if it is plain and short; if not, a new one does",
        "schema": {"type": "string"},
    }


def _infrastructure() -> dict[str, Any]:
    text = {"text/plain": {"schema": {"type": "string"}}}
    alive = {200: ("The process lives.", text)}
    ready = {200: ("Ready.", _json("ReadyAnswer")), 503: ("Not ready.", _json(ErrorAnswer.__name__))}
    metrics = {
        200: ("Prometheus metrics.", text),
        401: ("No API key, or none that is known.", _json(ErrorAnswer.__name__)),
    }
    return {
        "/livez": _get("livez", "Whether the process lives.", alive),
        "/healthz": _get("healthz", "Whether the process lives.", alive),
        "/readyz": _get("readyz", "Whether the model is loaded and the online store is usable.", ready),
        "/metrics": _get("metrics", "Prometheus metrics.", metrics),
    }


def _get(name: str, summary: str, answers: dict[int, tuple[str, Any]]) -> dict[str, Any]:
    wrong = {405: ("Another method than GET or HEAD.", _json(ErrorAnswer.__name__))}
    responses = {
        str(status): {"description": description, "content": content, "headers": _headers(status)}
        for status, (description, content) in (answers | wrong).items()
    }
    return {"get": {"operationId": name, "summary": summary, "responses": responses}}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"{_SCHEMAS}{schema}"}}}


def _headers(status: int) -> dict[str, Any]:
    names = [REQUEST_ID]
    if status in (429, 503, 504):
        names.append("Retry-After")
    if status == 401:
        names.append("WWW-Authenticate")
    if status == 405:
        names.append("Allow")
    return {name: {"required": True, "schema": {"type": "string"}} for name in names}
