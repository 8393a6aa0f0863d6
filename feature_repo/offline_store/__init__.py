"""Feast's DuckDB store with a point-in-time read that is narrow, ordered and kept within its memory."""
