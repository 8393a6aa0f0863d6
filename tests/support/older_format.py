"""A registered model, made one of an older format."""

from __future__ import annotations

from pathlib import Path

from serving.model.documents import FORMAT_VERSION
from serving.registry.integrity import BENTOML_FILE, SEAL_FILE


def make_older(folder: Path) -> None:
    """Say format 2 in a version's folder, and take the seal away, which that format did not have."""
    path = folder / BENTOML_FILE
    text = path.read_text()
    assert f"format_version: {FORMAT_VERSION}" in text
    path.write_text(text.replace(f"format_version: {FORMAT_VERSION}", "format_version: 2"))
    (folder / SEAL_FILE).unlink()
