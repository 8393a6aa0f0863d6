"""The command line of data: `python -m data`."""
