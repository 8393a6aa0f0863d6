from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bentoml._internal.log import TraceRecordFilter
from small_service import Client, Store

from serving.errors import EncodingError
from serving.http.json_logs import JsonFormatter, write_json_logs


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What BentoML's server would write."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.addFilter(TraceRecordFilter())
    logger = logging.getLogger("bentoml")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    write_json_logs()
    yield text
    logger.removeHandler(handler)
    logger.setLevel(level)


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_one_object_a_line(output: io.StringIO, client: Client) -> None:
    client.post("/score", json={"customerID": "7590-VHVEG"}, headers={"X-Request-ID": "job-1"})
    logging.getLogger("bentoml.serve").warning("two\nlines of %s", "text")
    scored, told = lines(output)
    assert set(scored) == {
        *("time", "level", "logger", "request_id", "method", "path", "status"),
        *("milliseconds", "key", "model", "role"),
    }
    moment = datetime.fromisoformat(scored["time"])
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert (told["level"], told["message"]) == ("warning", "two\nlines of text")


def test_what_was_not_foreseen_shows_where_and_no_text(
    output: io.StringIO, client: Client, store: Store
) -> None:
    store.fault = RuntimeError("customer 7590-VHVEG has 70.25")
    client.post("/score", json={"customerID": "7590-VHVEG"}, headers={"X-Request-ID": "job-1"})
    failed, asked = lines(output)
    assert failed["request_id"] == asked["request_id"] == "job-1"
    assert failed["code"] == asked["code"] == "internal_error"
    assert failed["exception"] == "RuntimeError"
    assert any(line.endswith(" read") for line in failed["where"])
    assert "7590" not in output.getvalue()
    assert "70.25" not in output.getvalue()


def test_a_value_that_cannot_be_used_is_not_written(
    output: io.StringIO, client: Client, store: Store
) -> None:
    store.fault = EncodingError("feature tenure: 'seventy' is not a number; clean the table")
    answer = client.post("/score", json={"customerID": "7590-VHVEG"})
    assert answer.json()["error"]["code"] == "unusable_features"
    assert "unusable_features" in output.getvalue()
    assert "seventy" not in output.getvalue()


def test_commands_keep_their_own_form() -> None:
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger("bentoml").addHandler(handler)
    try:
        write_json_logs()
        assert not isinstance(handler.formatter, JsonFormatter)
    finally:
        logging.getLogger("bentoml").removeHandler(handler)
