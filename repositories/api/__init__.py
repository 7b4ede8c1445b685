"""The API of repositories."""
