"""Reading a request: its body within bounds, its JSON, its id."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from serving.errors import BodyTooLarge, MalformedRequest
from serving.http.call import call_of

_SHOWN = 60


def request_id_of(request: Request) -> str:
    """The client's own ``X-Request-ID`` if it is short and plain, or else a new one."""
    return call_of(request.scope).request_id


async def read_body(receive: Receive, length: int | None, limit: int) -> bytes:
    """Read a request's body, at most `limit` bytes; the guard's deadline limits the time.

    Parameters
    ----------
    receive : Receive
        The request's ASGI messages.
    length : int or None
        ``Content-Length``, if sent: a body that is too long is refused before it is read.
    limit : int

    Raises
    ------
    BodyTooLarge
    ClientDisconnect
        If the client disconnects before the end.
    """
    if length is not None and length > limit:
        raise _too_large(limit)
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is longer than {limit} bytes; send fewer customerIDs at a time")


def parse_body(model: type[BaseModel], body: bytes) -> Any:
    """Parse a JSON body.

    Raises
    ------
    MalformedRequest
        Naming the first invalid field, and the known fields if that one is missing or unknown.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:_SHOWN]
        if not field:
            raise MalformedRequest(
                f"the body must be a JSON object ({_fields(model)}): {first['msg']}"
            ) from error
        whole = first["type"] in ("missing", "extra_forbidden") and len(first["loc"]) == 1
        known = f" ({_fields(model)})" if whole else ""
        raise MalformedRequest(f"{field}: {first['msg']}{known}", field) from error


def _fields(model: type[BaseModel]) -> str:
    kinds: dict[str, list[str]] = {"required": [], "optional": []}
    for name, field in model.model_fields.items():
        kinds["required" if field.is_required() else "optional"].append(name)
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)
