"""What comes before a request has bounds: the time and the size of its headers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from serving.http.protocol import BoundedProtocol
from serving.http.stopping import Stopping

SECONDS = 0.3
BYTES = 2048
GET = b"GET /x HTTP/1.1\r\nhost: here\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@asynccontextmanager
async def serving(stopping: Stopping | None = None) -> AsyncIterator[Connect]:
    class Small(BoundedProtocol):
        header_seconds, header_bytes = SECONDS, BYTES

    Small.stopping = stopping or Stopping(0)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(echo, log_config=None, lifespan="off", http=Small))
        task = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        writers: list[asyncio.StreamWriter] = []

        async def connect() -> Streams:
            streams = await asyncio.open_connection("127.0.0.1", port)
            writers.append(streams[1])
            return streams

        yield connect
        for writer in writers:
            writer.close()
        server.should_exit = True
        await task


async def closed_after(reader: asyncio.StreamReader) -> float:
    started = asyncio.get_running_loop().time()
    with suppress(ConnectionResetError):  # what is still on its way is not read
        await asyncio.wait_for(reader.read(), 5)
    return asyncio.get_running_loop().time() - started


@pytest.mark.parametrize("sent", [b"", b"GET /x HT", b"GET /x HTTP/1.1\r\nhost: he"])
def test_a_connection_without_whole_headers_is_closed(sent: bytes) -> None:
    async def run() -> float:
        async with serving() as connect:
            reader, writer = await connect()
            writer.write(sent)
            return await closed_after(reader)

    assert asyncio.run(run()) < 1


def test_dripping_headers_do_not_move_the_deadline() -> None:
    async def run() -> float:
        async with serving() as connect:
            reader, writer = await connect()
            closed = asyncio.create_task(closed_after(reader))
            writer.write(b"GET /x HTTP/1.1\r\n")
            while not closed.done():
                writer.write(b"a: b\r\n")
                await asyncio.sleep(0.02)
            return await closed

    assert asyncio.run(run()) < 1


@pytest.mark.parametrize("chunk", [150, BYTES + 500])
def test_headers_beyond_the_limit_are_431(chunk: int) -> None:
    """In many pieces and in one; the connection is closed and nothing is kept."""

    async def run() -> bytes:
        async with serving() as connect:
            reader, writer = await connect()
            content = GET[:-2] + b"x-long: " + b"a" * (2 * BYTES)
            for start in range(0, min(len(content), BYTES + chunk), chunk):
                writer.write(content[start : start + chunk])
                await writer.drain()
                await asyncio.sleep(0.005)
            return await asyncio.wait_for(reader.read(), 5)

    assert asyncio.run(run()).startswith(b"HTTP/1.1 431 ")


def test_a_body_does_not_count_as_headers() -> None:
    async def run() -> bytes:
        async with serving() as connect:
            reader, writer = await connect()
            length = 20 * BYTES
            writer.write(b"POST /x HTTP/1.1\r\nhost: here\r\ncontent-length: %d\r\n\r\n" % length)
            writer.write(b"b" * length + GET[:9])  # the beginning of the next request comes along
            answer = await asyncio.wait_for(reader.readuntil(b"40960"), 5)
            writer.write(GET[9:])
            return answer + await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), 5)

    assert asyncio.run(run()).count(b"HTTP/1.1 200 OK") == 2


def test_requests_within_the_bounds_keep_their_connection() -> None:
    async def run() -> list[bytes]:
        async with serving() as connect:
            reader, writer = await connect()
            answers = []
            for _ in range(3):
                writer.write(GET)
                answers.append(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), 5))
                await asyncio.sleep(SECONDS / 2)  # together longer than the time for one request's headers
            return answers

    for answer in asyncio.run(run()):
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" not in answer


def test_once_stopping_has_begun_a_response_closes_its_connection() -> None:
    async def run() -> tuple[bytes, bytes]:
        stopping = Stopping(0)
        async with serving(stopping) as connect:
            reader, writer = await connect()
            writer.write(GET)
            first = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), 5)
            stopping.begun = True
            writer.write(GET)
            return first, await asyncio.wait_for(reader.read(), 5)

    first, last = asyncio.run(run())
    assert b"connection: close" not in first
    assert last.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in last
