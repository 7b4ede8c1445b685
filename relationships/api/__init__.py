"""What the API answers about follows, blocks and mutes."""
