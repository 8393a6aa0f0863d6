"""The command line of serving: `python -m serving`."""
