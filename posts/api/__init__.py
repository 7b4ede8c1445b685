"""The API about posts and timelines."""
