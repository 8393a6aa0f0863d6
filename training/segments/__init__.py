"""K-Means segments and their names."""
