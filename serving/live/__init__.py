"""How a running service follows the registry and swaps models."""
