"""Hides warnings of libraries that a user of this repository can do nothing about."""

from __future__ import annotations

import logging
import warnings


def leave_out_noise() -> None:
    """Keep two warnings out of the output of every command.

    Feast warns that `serve_features_while_materializing` typically has no effect unless the registry is SQL.
    It has one: `feast.utils` reads the flag, whatever the registry, before it serves a view that a crashed
    run left as materializing. The other warning is that ibis calls a method that DuckDB 2 deprecates.
    """
    logging.getLogger("feast.repo_config").addFilter(_is_not_flag_advice)
    warnings.filterwarnings("ignore", r"fetch_arrow_table\(\) is deprecated", DeprecationWarning)


def _is_not_flag_advice(record: logging.LogRecord) -> bool:
    return "`serve_features_while_materializing` is enabled but" not in record.getMessage()
