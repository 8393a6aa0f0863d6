"""What every request passes first: keys, limits, deadline, log."""
