"""From files or frames to a checked lake."""
