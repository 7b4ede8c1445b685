"""The API of users and accounts."""
