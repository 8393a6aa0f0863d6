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
    """Body of a request, at most `limit` bytes; the guard's deadline bounds the time.

    Parameters
    ----------
    receive : Receive
        The request's ASGI messages.
    length : int or None
        How many bytes the client says it has: what is too long need not come first.
    limit : int

    Raises
    ------
    BodyTooLarge
    ClientDisconnect
        If the client goes away in the middle.
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
        Naming the first field that does not fit.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:_SHOWN]
        if not field:
            expected = " and ".join(model.model_fields)
            raise MalformedRequest(
                f"the body must be a JSON object with {expected}: {first['msg']}"
            ) from error
        raise MalformedRequest(f"{field}: {first['msg']}", field) from error
