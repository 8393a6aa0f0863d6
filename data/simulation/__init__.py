"""A made-up telecom's dated history for the lake, and the truth behind it for a folder of its own.

`parameters` holds every number of the model, `history` wires the steps together, `resemblance` measures how
much the result looks like the published Telco base.
"""
