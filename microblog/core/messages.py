"""Messages to the next page, in a cookie that only this host sets."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    cookie_name = "__Host-messages" if settings.HTTPS else "messages"


class MessageStorage(FallbackStorage):
    """Django's own, with that cookie: what does not fit there goes into the session."""

    storage_classes = (HostCookieStorage, SessionStorage)
