"""The classifiers that a model may hold, each with its own file format."""
