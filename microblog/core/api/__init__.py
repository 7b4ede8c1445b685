"""What every address of the API shares: its errors, limits, lists, and how it is described."""
