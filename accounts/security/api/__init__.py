"""Authentication and tokens of the API."""
