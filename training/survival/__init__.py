"""Time to churn: how long customers stay, fitted on those whom the champion has not seen."""
