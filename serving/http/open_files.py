"""How many files, and so connections, a worker may have open."""

from __future__ import annotations

import resource

ENOUGH = 65_536
"""Connections, files of models and the log; far above what `max_awaited_bodies` lets in at a time."""


def raise_open_files_limit() -> None:
    """Raise the soft limit of open files of this process to its hard limit, at most to `ENOUGH`.

    The usual soft limit of 1,024 is there for programs that use select(); asyncio does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
