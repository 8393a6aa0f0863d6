"""What a simulated month leaves behind: rows of the lake's tables, and the truth behind them."""
