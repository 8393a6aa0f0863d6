"""Logs as JSON, one object a line, that say nothing of a customer.

An exception's own text may hold a value of a request, so only its type and the lines it passed are written.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from bentoml._internal.log import TraceRecordFilter

from serving.http.call import Call

access_log = logging.getLogger("bentoml.stayline.access")
_SECOND = "%Y-%m-%dT%H:%M:%S"
_write = json.JSONEncoder(default=str).encode  # json.dumps would make an encoder a line
_LOGGERS = ("", "bentoml", "uvicorn.error", "circus")


class JsonFormatter(logging.Formatter):
    """A record as one line: time (UTC), level, logger, what the record's `fields` say, or its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, Any] = {
            "time": f"{time.strftime(_SECOND, time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.name != access_log.name:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _lines(record.exc_info[2])
        return _write(line)


def log_request(call: Call, method: str, path: str) -> None:
    """Write the line of one request that has been answered.

    Parameters
    ----------
    call : Call
    method, path : str
        Known ones, or ``unknown``: what a client makes up is not written.
    """
    fields: dict[str, object] = {
        "request_id": call.request_id,
        "method": method,
        "path": path,
        "status": call.status,
        "milliseconds": round(call.milliseconds, 2),
        "key": call.key_name,
        "model": call.model,
        "role": call.role,
    }
    if call.answered:
        fields["answered"] = call.answered
    if call.code is not None:
        fields["code"] = call.code
    if access_log.isEnabledFor(logging.INFO):  # `info` would look for the line that calls it
        arguments = (method, path, call.status, call.request_id)
        access_log.handle(
            access_log.makeRecord(
                access_log.name, logging.INFO, "", 0, "%s %s %d %s", arguments, None, extra={"fields": fields}
            )
        )


def write_json_logs() -> None:
    """Let BentoML's server, and the libraries below it, write JSON; its commands keep their own form."""
    for name in _LOGGERS:
        for handler in logging.getLogger(name).handlers:
            for traced in [each for each in handler.filters if isinstance(each, TraceRecordFilter)]:
                handler.removeFilter(traced)  # it works out what only BentoML's own form shows
                handler.setFormatter(JsonFormatter())


def _lines(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    return [f"{'/'.join(Path(f.filename).parts[-3:])}:{f.lineno} {f.name}" for f in frames]
