"""The API that searches."""
