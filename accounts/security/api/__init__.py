"""Authentication and tokens in the API."""
