"""Advice of Feast's that does not hold for this repository."""

from __future__ import annotations

import logging


def leave_out_flag_advice() -> None:
    """Keep one warning of Feast's out of the log.

    At every command Feast says that `serve_features_while_materializing` typically has no effect unless the
    registry is SQL. It has: `feast.utils` asks every registry for the flag before it serves a view that a
    crashed run left as materializing.
    """
    logging.getLogger("feast.repo_config").addFilter(_is_not_flag_advice)


def _is_not_flag_advice(record: logging.LogRecord) -> bool:
    return "`serve_features_while_materializing` is enabled but" not in record.getMessage()
