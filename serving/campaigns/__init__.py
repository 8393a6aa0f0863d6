"""Campaigns: who is offered what under a budget, who is held out, and how large an effect can be seen."""
