"""JSON logs, one object per line, without customer data.

An exception's text may hold a value from a request, so only its type and the lines of its traceback are
logged.
"""

from __future__ import annotations

import logging
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from bentoml._internal.log import TraceRecordFilter
from pydantic_core import to_json

from serving.http.call import Call

access_log = logging.getLogger("bentoml.stayline.access")
_SECOND = "%Y-%m-%dT%H:%M:%S"
_LOGGERS = ("", "bentoml", "uvicorn.error", "circus")


class JsonFormatter(logging.Formatter):
    """Formats a record as one line: time (UTC), level, logger, the record's `fields`, and its message.

    A line of the access log has no message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
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
        return to_json(line, fallback=str).decode()


def log_request(call: Call, method: str, path: str) -> None:
    """Write the access log's line for a finished request.

    Parameters
    ----------
    call : Call
    method, path : str
        ``unknown`` if the service does not have them: what a client makes up is not logged.
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
    if access_log.isEnabledFor(logging.INFO):  # `info` would search the stack for its caller
        arguments = (method, path, call.status, call.request_id)
        access_log.handle(
            access_log.makeRecord(
                access_log.name, logging.INFO, "", 0, "%s %s %d %s", arguments, None, extra={"fields": fields}
            )
        )


def write_json_logs() -> None:
    """Switch the logs of BentoML's server and its libraries to JSON; BentoML's commands keep their format."""
    for name in _LOGGERS:
        for handler in logging.getLogger(name).handlers:
            for traced in [each for each in handler.filters if isinstance(each, TraceRecordFilter)]:
                handler.removeFilter(traced)  # it computes what only BentoML's format prints
                handler.setFormatter(JsonFormatter())


def _lines(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    return [f"{'/'.join(Path(f.filename).parts[-3:])}:{f.lineno} {f.name}" for f in frames]
