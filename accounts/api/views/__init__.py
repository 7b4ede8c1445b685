"""What the API answers about people and accounts."""
