"""Storage of messages for the next page."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest
from django.utils.functional import cached_property


class HostCookieStorage(CookieStorage):
    cookie_name = "__Host-messages" if settings.HTTPS else "messages"


class MessageStorage(FallbackStorage):
    """
    Django's storage, with a cookie that only this host can set; what does not fit there goes into the session.

    The two storages are made when a message is read or added, which few requests do.
    """

    storage_classes = (HostCookieStorage, SessionStorage)

    def __init__(self, request: HttpRequest) -> None:
        super(FallbackStorage, self).__init__(request)
        self._used_storages: set[BaseStorage] = set()

    @cached_property
    def storages(self) -> list[Any]:
        return [storage_class(self.request) for storage_class in self.storage_classes]
