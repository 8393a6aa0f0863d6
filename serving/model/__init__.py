"""What a registered model is made of, how it is written and read, and the registry of models."""
