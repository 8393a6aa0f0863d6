from __future__ import annotations

import sqlite3

import pyarrow as pa
import pytest
from redis import exceptions as redis

from serving.features.driver_text import driver_text

COMMAND = "Command # 1 (HMSET 7590-VHVEG billing:tenure 34) of pipeline caused error: "
LEFT_OUT = "; its text is left out, because it may quote a customer's data"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (redis.ResponseError(COMMAND + "OOM command not allowed"), "redis.exceptions.ResponseError OOM"),
        (redis.ResponseError("unknown reply b'7590-VHVEG'"), "redis.exceptions.ResponseError"),
        (redis.InvalidResponse("Protocol Error: b'7590-VHVEG Female'"), "redis.exceptions.InvalidResponse"),
        (redis.DataError("Invalid input of type 7590-VHVEG"), "redis.exceptions.DataError"),
        (RuntimeError("7590-VHVEG"), "builtins.RuntimeError"),
    ],
)
def test_a_text_that_may_quote_a_customer_is_left_out(error: Exception, told: str) -> None:
    assert driver_text(error) == told + LEFT_OUT


@pytest.mark.parametrize(
    "error",
    [
        redis.ConnectionError("Error 111 connecting to localhost:6379. Connection refused."),
        redis.AuthenticationError("invalid username-password pair or user is disabled."),
        redis.TimeoutError("Timeout reading from socket"),
        ConnectionResetError(104, "Connection reset by peer"),
        sqlite3.OperationalError("no such table: stayline_billing"),
        pa.ArrowInvalid("Could not open Parquet input source"),
    ],
)
def test_what_the_connection_or_the_lake_says_is_told(error: Exception) -> None:
    assert driver_text(error) == str(error)


def test_an_error_without_a_text_is_told_by_its_kind() -> None:
    assert driver_text(TimeoutError()) == "TimeoutError"
