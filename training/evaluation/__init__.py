"""How good the champion is, and how sure we are of it."""
