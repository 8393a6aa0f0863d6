"""The model card: a registered model described in figures and in sentences."""
