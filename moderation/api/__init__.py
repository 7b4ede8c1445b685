"""The API about reports."""
