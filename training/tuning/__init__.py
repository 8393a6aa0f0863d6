"""Search for better parameters on the training part, and an honest comparison with the defaults."""
