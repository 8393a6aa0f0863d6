"""From a judged champion to a registered model with its card."""
