"""The base of errors of the site's own rules."""

from django.utils.functional import Promise


class DomainError(Exception):
    """
    A write was refused by a rule of the site, and nothing was written.

    `message` is a translated sentence for the user; `field` is the name of the form field that it belongs to, or None.
    """

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
