"""Damaged copies of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

STEP = 7
MASKS = (0x01, 0x80)


def flipped(path: Path) -> Iterator[Path]:
    """Copies of a file, made one after another beside it: of every seventh byte, one bit is turned over."""
    content = path.read_bytes()
    copy = path.with_suffix(".flipped")
    for at in range(0, len(content), STEP):
        for mask in MASKS:
            copy.write_bytes(content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :])
            yield copy
