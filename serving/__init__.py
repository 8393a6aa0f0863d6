"""Online features to a score: the Bento service, batch scoring, and the registry of models.

The doors are ``bentoml serve`` and ``python -m serving``; nothing of `data` or `training` is imported.
"""
