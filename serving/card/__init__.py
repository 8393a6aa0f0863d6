"""The model card: what a registered model says of itself, in figures and in sentences."""
