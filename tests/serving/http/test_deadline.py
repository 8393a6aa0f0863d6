"""The time of a request, its body and its place: who waits for what, and what is said when it is over."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import pytest
from counts import rise
from small_service import Store
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.call import call_of
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime

SECONDS = 0.2
BODY = json.dumps({"customerID": "7590-VHVEG"}).encode()
NEVER: Message = {}
"""Stands for a message that does not come."""


@pytest.fixture(autouse=True)
def _short(runtime: Runtime) -> None:
    runtime.settings = runtime.settings.model_copy(
        update={"request_timeout_seconds": SECONDS, "read_timeout_seconds": 20.0, "max_concurrency": 1}
    )


@pytest.fixture
def guard(bare: ASGIApp, runtime: Runtime) -> Guard:
    return Guard(bare, runtime)


def part(body: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def ask(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    messages: Sequence[Message],
    path: str = "/score",
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to a request that comes in these messages; (0, {}) without one."""
    coming, sent = list(messages), list[Message]()

    async def receive() -> Message:
        message = coming.pop(0) if coming else NEVER
        if message is NEVER:
            await asyncio.Event().wait()
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers), "query_string": b""}
    await app(scope, receive, send)
    if not sent:
        return 0, {}
    return sent[0]["status"], json.loads(b"".join(message["body"] for message in sent[1:]))


def run(guard: Guard, *messages: Message, **given: Any) -> tuple[int, dict[str, Any]]:
    return asyncio.run(ask(guard, messages, **given))


def is_overdue(answer: tuple[int, dict[str, Any]]) -> bool:
    status, body = answer
    return status == 504 and body["error"]["code"] == "timeout" and "0.2 s" in body["error"]["message"]


def test_a_body_in_parts(guard: Guard) -> None:
    status, body = run(guard, part(BODY[:5], more=True), part(b"", more=True), part(BODY[5:]))
    assert (status, body["customerID"]) == (200, "7590-VHVEG")


def never_came(answer: tuple[int, dict[str, Any]]) -> bool:
    status, body = answer
    return status == 408 and body["error"]["code"] == "request_timeout"


@pytest.mark.parametrize("messages", [[], [part(BODY, more=True)]])
def test_a_body_that_does_not_come_is_the_clients_delay(messages: list[Message], guard: Guard) -> None:
    assert never_came(run(guard, *messages, NEVER))


def test_what_is_said_to_be_too_long_need_not_come(guard: Guard, runtime: Runtime) -> None:
    length = str(runtime.settings.max_body_bytes + 1).encode()
    status, body = run(guard, NEVER, headers=[(b"content-length", length)])
    assert (status, body["error"]["code"]) == (413, "body_too_large")


def test_what_grows_too_long_is_not_read_to_its_end(guard: Guard, runtime: Runtime) -> None:
    piece = b"x" * (runtime.settings.max_body_bytes // 2)
    status, body = run(guard, *[part(piece, more=True)] * 3, NEVER)
    assert (status, body["error"]["code"]) == (413, "body_too_large")


def test_a_client_who_leaves_is_logged_and_not_answered(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="bentoml"):
        assert run(guard, part(BODY[:5], more=True), {"type": "http.disconnect"}) == (0, {})
    (record,) = caplog.records
    assert getattr(record, "fields", {})["status"] == 0


def test_a_store_that_hangs_is_overdue(guard: Guard, store: Store) -> None:
    store.hang = threading.Event()
    try:
        assert is_overdue(run(guard, part(BODY)))
    finally:
        store.hang.set()


def test_a_place_in_a_thread_is_not_waited_for_longer(guard: Guard, store: Store, runtime: Runtime) -> None:
    """All threads hang in another's read; the request's own work never begins."""
    store.hang = threading.Event()
    for _ in range(runtime.settings.threads):
        runtime._threads.submit(partial(store.hang.wait, 30))
    try:
        assert is_overdue(run(guard, part(b'{"customerIDs": ["7590-VHVEG"]}'), path="/score_many"))
        assert guard.intake.in_hand == 0
    finally:
        store.hang.set()


@pytest.mark.parametrize("path", ["/at_risk", "/at_risk_csv"])
def test_a_file_that_is_read_for_ever_is_overdue(
    path: str, guard: Guard, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = threading.Event()
    monkeypatch.setattr(runtime.scores, "read", lambda: hang.wait(30))
    try:
        assert is_overdue(run(guard, part(b"{}"), path=path))
        status, _ = run(guard, part(BODY))  # scoring has threads of its own
        assert status == 200
    finally:
        hang.set()


def test_who_sends_slowly_takes_no_place(guard: Guard) -> None:
    async def both() -> list[tuple[int, dict[str, Any]]]:
        slow = asyncio.create_task(ask(guard, [part(BODY[:5], more=True), NEVER]))
        while guard.intake.awaited == 0:
            await asyncio.sleep(0)
        return [await ask(guard, [part(BODY)]), await slow]

    quick, slow = asyncio.run(both())
    assert quick[0] == 200
    assert never_came(slow)
    assert (guard.intake.awaited, guard.intake.in_hand) == (0, 0)


def test_no_more_bodies_are_awaited_than_the_settings_allow(bare: ASGIApp, runtime: Runtime) -> None:
    runtime.settings = runtime.settings.model_copy(update={"max_awaited_bodies": 2})
    guard = Guard(bare, runtime)

    async def three() -> list[tuple[int, dict[str, Any]]]:
        return await asyncio.gather(*(ask(guard, [part(BODY, more=True), NEVER]) for _ in range(3)))

    *first, third = asyncio.run(three())
    assert all(map(never_came, first))
    assert (third[0], third[1]["error"]["code"]) == (429, "too_busy")


def test_a_place_that_is_taken_while_the_body_comes_is_taken(guard: Guard) -> None:
    async def both() -> tuple[int, dict[str, Any]]:
        sent = asyncio.Event()

        async def late(scope: Scope, receive: Receive, send: Send) -> None:
            async def after() -> Message:
                await sent.wait()
                return await receive()

            await guard(scope, after, send)

        waiting = asyncio.create_task(ask(late, [part(BODY)]))
        while guard.intake.awaited == 0:
            await asyncio.sleep(0)
        with guard.intake:
            sent.set()
            return await waiting

    status, body = asyncio.run(both())
    assert (status, body["error"]["code"]) == (429, "too_busy")


def streaming(pauses: Sequence[float], runtime: Runtime) -> Guard:
    """A guard before an answer in pieces, with a pause before each."""

    async def pieces() -> AsyncIterator[bytes]:
        for pause in pauses:
            await asyncio.sleep(pause)
            yield b"1"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(pieces())(scope, receive, send)

    return Guard(app, runtime)


def test_a_long_answer_has_the_time_anew_for_each_piece(runtime: Runtime) -> None:
    guard = streaming([SECONDS / 2] * 5, runtime)
    assert run(guard, part(b"{}"), path="/at_risk_csv") == (200, 11111)


def test_a_long_answer_that_stalls_is_broken_off_and_logged(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    guard = streaming([0, 30], runtime)

    def break_off() -> None:
        assert run(guard, part(b"{}"), path="/at_risk_csv") == (200, 1)

    with caplog.at_level(logging.INFO, logger="bentoml"):
        assert rise("stayline_refused", break_off) == {"timeout": 1}
    fields = getattr(caplog.records[-1], "fields", {})
    assert (fields["status"], fields["code"]) == (200, "timeout")
    assert guard.intake.in_hand == 0


def test_a_time_limit_of_another_is_not_the_guards(runtime: Runtime) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert call_of(scope).body == BODY
        raise TimeoutError

    assert rise("stayline_refused", lambda: run(Guard(app, runtime), part(BODY))) == {"internal_error": 1}
