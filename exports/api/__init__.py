"""What the API answers about exports."""
