"""``python -m serving``: fill the online store, score everybody, look after the models."""

from __future__ import annotations

from serving.commands.cli import cli

cli(prog_name="python -m serving")
