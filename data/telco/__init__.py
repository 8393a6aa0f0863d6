"""IBM's Telco CSV: its text, its contract, and the tables made of it."""
