"""Errors of the site's own rules, to be shown to the person who caused them."""

from django.utils.functional import Promise


class DomainError(Exception):
    """
    A rule of the site refused a write; nothing was written.

    `message` is a translated sentence for the person who tried; `field` names the form field it belongs to,
    or is None.
    """

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
