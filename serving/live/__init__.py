"""A running service that follows the registry: what is to be served, and the swap."""
