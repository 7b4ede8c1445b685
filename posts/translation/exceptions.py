"""Why a text was not translated, each with a message for the reader."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from microblog.core.exceptions import DomainError


class TranslationFailed(DomainError):
    """The service did not respond, or its response has no translation."""

    def __init__(self, message: str | Promise | None = None) -> None:
        super().__init__(message or _("Error: the translation service failed."))


class TranslationNotConfigured(TranslationFailed):
    """The site has no translation service."""

    def __init__(self) -> None:
        super().__init__(_("Error: the translation service is not configured."))


class QuotaReached(TranslationFailed):
    """The quota of the service is used up for now."""

    def __init__(self) -> None:
        super().__init__(_("Error: the translation service has reached its limit. Please try again later."))


class TextTooLong(TranslationFailed):
    """The text is longer than any post."""

    def __init__(self) -> None:
        super().__init__(_("Error: this text is too long to translate."))
