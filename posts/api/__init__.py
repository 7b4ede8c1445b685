"""The API of posts and timelines."""
