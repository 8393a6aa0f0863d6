"""The service over HTTP: guard, endpoints, schemas, errors as statuses, readiness."""
