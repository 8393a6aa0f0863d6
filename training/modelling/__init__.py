"""Resampled classifiers: fitted, cross-validated, calibrated, and the champion among them."""
