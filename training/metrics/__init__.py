"""Measures of a classifier: on a threshold, of a ranking, of probabilities, in money."""
