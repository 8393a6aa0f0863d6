"""A running service that follows the registry: its champion, its challenger, and what is applied."""
