"""Features that seem to know the label."""
