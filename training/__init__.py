"""Cohorts, point-in-time dataset, evaluated classifiers and segments, registered model.

The door is ``python -m training``; :mod:`training.pipeline` calls the steps in order.
"""
