"""Python's garbage collector, while millions of rows pass by."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def older_objects_left_alone() -> Iterator[None]:
    """Let the collector pass over what is there already, such as all modules.

    Rows make it run often, and it would look at all modules' objects each time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
