"""The API about messages and notifications."""
