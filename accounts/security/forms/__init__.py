"""Forms of what concerns signing in; settings name those that allauth shows."""
