"""Errors of the blog."""

from django.utils.translation import gettext_lazy as _

from microblog.core.exceptions import DomainError


class EmailUnconfirmed(DomainError):
    """The author has not confirmed their email address."""

    def __init__(self) -> None:
        super().__init__(_("Confirm your email address first: follow the link in the mail that was sent to it."))


class Outdated(DomainError):
    """The text was changed after the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This was changed in another window while you were writing. Both texts are below: nothing is lost. "
                "If you save again, yours replaces the other."
            )
        )


class LinkTooLong(DomainError):
    """The link does not fit in a post."""

    def __init__(self) -> None:
        message = _("The link is longer than a post can be. Publish without posting it to your followers.")
        super().__init__(message, field="announce")
