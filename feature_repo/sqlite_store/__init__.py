"""The embedded online store: a Feast class on SQLite with one row per customer and view."""
