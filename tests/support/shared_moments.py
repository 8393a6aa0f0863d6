"""The moment of decisions in tests."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
