"""What requests and answers of the endpoints look like, as pydantic models."""
