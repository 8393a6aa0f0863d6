"""The outermost layer of the service: API keys, limits, deadline, access log."""
