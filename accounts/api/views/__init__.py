"""API views of users and accounts."""
