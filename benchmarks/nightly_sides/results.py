"""Where the scripts write what they measured: `RESULTS.md`, with a section for each script."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "RESULTS.md"
TITLE = "# Results\n\nThe scripts of this folder write this page with `--write`. Ratios count, not seconds.\n"
PACKAGES = ("duckdb", "pyarrow", "feast", "bentoml")


def write_section(script: str, text: str, page: Path = RESULTS) -> None:
    """Put a script's table into its section of the page, and leave the other sections as they are."""
    there = page.read_text(encoding="utf-8") if page.exists() else TITLE
    head, *sections = re.split(r"^## (?=`)", there, flags=re.MULTILINE)
    kept = {part.split("`")[1]: part for part in sections}
    now = f"{datetime.now(UTC):%Y-%m-%d}, {machine()}"
    kept[script] = f"`{script}`\n\n{now}.\n\n```\n{text.strip()}\n```\n\n"
    body = "".join(f"## {kept[name]}" for name in sorted(kept))
    page.write_text(f"{head.rstrip()}\n\n{body.rstrip()}\n", encoding="utf-8")


def machine() -> str:
    """Processor, cores, memory and versions; nothing that names this machine."""
    models = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    processor = models[0] if models else platform.machine()
    size = f"{os.cpu_count()} cores, {gigabytes:.0f} GiB"
    return f"{processor}, {size}, Python {platform.python_version()}, {versions}"


def broken(measured: Mapping[str, float], bounds: Mapping[str, float]) -> list[str]:
    """Say of each bound that is not held which it is; a row that was not measured breaks its bound too."""
    return [
        f"{name}: {measured[name]:.2f} of the limit, at most {most} allowed"
        if name in measured
        else f"{name}: not measured"
        for name, most in bounds.items()
        if not measured.get(name, float("inf")) <= most
    ]
