"""The FastAPI application with all endpoints, which the Bento service mounts."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from serving.errors import WrongMethod
from serving.http.endpoint import RawRoute, add_endpoint
from serving.http.endpoints import endpoints
from serving.http.http_errors import error_response
from serving.http.page import add_page
from serving.http.requests import request_id_of
from serving.http.runtime import Runtime


def build_app(runtime: Runtime) -> FastAPI:
    """Make the application with every endpoint and the page."""
    app = FastAPI(title="Stayline", openapi_url=None, exception_handlers={HTTPException: _starlette_error})
    app.router.route_class = RawRoute
    for endpoint in endpoints(runtime):
        add_endpoint(app, endpoint)
    add_page(app)
    return app


async def _starlette_error(request: Request, error: Exception) -> Response:
    """Answer a wrong method, the one error that the router itself raises."""
    allowed = (getattr(error, "headers", None) or {}).get("Allow", "POST")
    wrong = WrongMethod(f"{request.url.path} takes {allowed}, not {request.method}", allowed)
    return error_response(wrong, request_id_of(request))
