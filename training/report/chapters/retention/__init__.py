"""The chapters on keeping customers: strategies and goals."""
