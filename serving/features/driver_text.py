"""What is told of an error of a store's driver, without anything of a customer."""

from __future__ import annotations

import re
import sqlite3

# These speak of the connection alone. Redis-py's have the names of Python's own, and no base in common.
_OF_THE_CONNECTION = {"OSError", "ConnectionError", "TimeoutError"}
# These name files, tables and columns of the lake, which whoever fills a store reads anyway.
_OF_THE_LAKE = {"duckdb", "_duckdb", "pyarrow", "ibis"}
_REDIS_CODE = re.compile(
    r"\b(OOM|WRONGTYPE|READONLY|LOADING|MISCONF|NOPERM|NOAUTH|WRONGPASS|CLUSTERDOWN|CROSSSLOT|MASTERDOWN|BUSY)\b"
)


def driver_text(error: Exception) -> str:
    """The text of an error of SQLite, of the lake or of the connection; of any other its kind alone.

    Other texts may quote the command or the reply, and with them a customer's key and values. Of Redis the
    code of the reply is told, such as ``OOM``.
    """
    if _harmless(error):
        return str(error) or type(error).__name__
    code = _REDIS_CODE.search(str(error))
    kind = f"{type(error).__module__}.{type(error).__qualname__}{f' {code[0]}' if code else ''}"
    return f"{kind}; its text is left out, because it may quote a customer's data"


def _harmless(error: Exception) -> bool:
    return (
        isinstance(error, sqlite3.Error)
        or type(error).__module__.partition(".")[0] in _OF_THE_LAKE
        or not _OF_THE_CONNECTION.isdisjoint(kind.__name__ for kind in type(error).__mro__)
    )
