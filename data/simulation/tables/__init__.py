"""Rows of the lake's tables, and of the truth, from a simulated month."""
