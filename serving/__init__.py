"""Online features to a score: the Bento service, batch scoring, and the registry of models.

Start it with ``bentoml serve`` or ``python -m serving``. Nothing is imported from `data` or `training`.
"""
