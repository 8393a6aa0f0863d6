"""Requests and answers of the endpoints, as pydantic models."""
