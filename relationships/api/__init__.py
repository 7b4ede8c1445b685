"""The API of follows, blocks and mutes."""
