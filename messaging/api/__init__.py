"""The API of messages and notifications."""
