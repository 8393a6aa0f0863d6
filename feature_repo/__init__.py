"""Feast definitions: entity, sources, feature views, feature service, and the stores behind them."""
