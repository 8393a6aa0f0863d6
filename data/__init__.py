"""Where the tables come from: contracts, the loaders and the history simulator.

Everything this room makes lies in the lake as Parquet; `python -m data --help` lists what it does.
"""
