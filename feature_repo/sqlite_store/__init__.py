"""The embedded online store: a Feast class on SQLite with one row a customer and view."""
