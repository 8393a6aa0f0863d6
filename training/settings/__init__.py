"""The settings of training, one module a concern; the values stand in training/settings.yaml."""
