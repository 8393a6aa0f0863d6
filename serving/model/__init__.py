"""What a churn model is: features to columns, classifier, calibration, segments. No store is needed here."""
