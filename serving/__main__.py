"""``python -m serving``: fill the online store, score all customers, manage the models."""

from __future__ import annotations

from serving.commands.cli import cli

cli(prog_name="python -m serving")
