"""The endpoints of the service: requests, answers, errors, readiness."""
