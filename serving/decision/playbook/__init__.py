"""The playbook: what it may say, reading it with its line numbers, and whether it fits a model."""
