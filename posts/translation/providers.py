"""
Clients of translation services over HTTP.

Texts, keys and responses are never logged.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any, ClassVar

import requests
from django.conf import settings
from django.core.cache import cache

from microblog.core.http import seconds_until
from posts.translation.exceptions import QuotaReached, TranslationFailed

logger = logging.getLogger(__name__)

# Seconds to connect, between two bytes of the response, and for a whole attempt.
CONNECT_TIMEOUT, READ_TIMEOUT, ATTEMPT_TIMEOUT = 2, 5, 8
MAX_RESPONSE_BYTES = 100_000
# Seconds without requests after a timeout, and after a quota error without or with a known end.
PAUSE_SECONDS = 15
QUOTA_PAUSE_SECONDS = 60
EXHAUSTED_PAUSE_SECONDS = 3600


class _Rejected(Exception):
    """The service rejects requests, for `seconds` because of a quota, or until the configuration changes (None)."""

    def __init__(self, seconds: int | None) -> None:
        super().__init__()
        self.seconds = seconds


class Provider:
    """A translation service over HTTP."""

    name: ClassVar[str]
    # Codes of languages that differ in this service.
    codes: ClassVar[dict[str, str]] = {}

    def request(self, text: str, source: str, dest: str) -> dict[str, Any]:
        """Return the arguments of requests.post() for a translation: url, json, headers, params."""
        raise NotImplementedError

    def read(self, data: Any) -> str:
        """Return the translation in a decoded response; raise KeyError, IndexError or TypeError for others."""
        raise NotImplementedError

    def is_exhausted(self, data: Any) -> bool:  # noqa: ARG002 - other providers look at it
        """Return whether a 403 means that the quota is used up."""
        return False

    def code(self, language: str) -> str:
        """Return the code of a language in this service."""
        language = language.lower()
        return self.codes.get(language) or self.codes.get(language.split("-")[0]) or language.split("-")[0]

    def translate(self, text: str, source: str, dest: str) -> str:
        """Return a translation; raise TranslationFailed or QuotaReached. Server errors are retried once."""
        pause = f"translation:pause:{type(self).__name__}"
        if paused := cache.get(pause):
            raise QuotaReached if paused == "quota" else TranslationFailed
        arguments = self.request(text, self.code(source), self.code(dest))
        try:
            status, data = self._send(arguments)
            if status >= 500:
                status, data = self._send(arguments)
            if status == 200:
                return str(self.read(data))
        except _Rejected as rejected:
            if rejected.seconds is None:
                raise TranslationFailed from rejected
            cache.set(pause, "quota", rejected.seconds)
            raise QuotaReached from rejected
        except requests.RequestException as error:
            # Fail at once for the next readers, who would wait for the timeout too.
            cache.set(pause, "silent", PAUSE_SECONDS)
            logger.warning("%s is unavailable: %s", self.name, type(error).__name__)
            raise TranslationFailed from error
        except (KeyError, IndexError, TypeError) as error:
            logger.warning("%s sent a response in an unknown format", self.name)
            raise TranslationFailed from error
        logger.warning("%s responded with status %d", self.name, status)
        raise TranslationFailed

    def _send(self, arguments: dict[str, Any]) -> tuple[int, Any]:
        """Send one request, and return the status and the decoded response, None if that is not JSON."""
        deadline = time.monotonic() + ATTEMPT_TIMEOUT
        timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)
        # A redirect would send the key to another server.
        with requests.post(**arguments, timeout=timeout, allow_redirects=False, stream=True) as response:
            content = bytearray()
            # Byte by byte, so that the deadline holds for slow responses too.
            for chunk in response.iter_content(1):
                content += chunk
                if len(content) > MAX_RESPONSE_BYTES or time.monotonic() > deadline:
                    raise requests.exceptions.ReadTimeout
            try:
                data = json.loads(content)
            except ValueError:
                data = None
            if response.status_code in (401, 403, 429):
                logger.warning("%s rejected the request with status %d", self.name, response.status_code)
                raise _Rejected(self._pause(response, data))
            return response.status_code, data

    def _pause(self, response: requests.Response, data: Any) -> int | None:
        """Return after how many seconds to send requests again, or None if the error is not about a quota."""
        if response.status_code == 401:
            return None
        seconds = seconds_until(response.headers.get("Retry-After"))
        if seconds is None and response.headers.get("X-RateLimit-Remaining") == "0":
            seconds = seconds_until(response.headers.get("X-RateLimit-Reset"), is_unix_time=True)
        if seconds is None and response.status_code == 429:
            seconds = QUOTA_PAUSE_SECONDS
        if seconds is None and self.is_exhausted(data):
            seconds = EXHAUSTED_PAUSE_SECONDS
        return seconds


class MicrosoftTranslator(Provider):
    """Microsoft Translator, version 3."""

    name = "Microsoft Translator"
    codes = {"zh": "zh-Hans", "zh-hant": "zh-Hant", "no": "nb", "sr": "sr-Latn"}

    def request(self, text: str, source: str, dest: str) -> dict[str, Any]:
        headers = {"Ocp-Apim-Subscription-Key": settings.MS_TRANSLATOR_KEY}
        if settings.MS_TRANSLATOR_REGION:
            headers["Ocp-Apim-Subscription-Region"] = settings.MS_TRANSLATOR_REGION
        return {
            "url": f"{settings.MS_TRANSLATOR_URL}/translate",
            "params": {"api-version": "3.0", "from": source, "to": dest, "textType": "plain"},
            "headers": headers,
            "json": [{"Text": text}],
        }

    def read(self, data: Any) -> str:
        return data[0]["translations"][0]["text"]

    def is_exhausted(self, data: Any) -> bool:
        # "The operation isn't allowed because the subscription has exceeded its free quota."
        return isinstance(data, dict) and "403001" in str(data.get("error"))


class LibreTranslate(Provider):
    """LibreTranslate, hosted or on your own server."""

    name = "LibreTranslate"
    codes = {"zh-hant": "zt", "no": "nb"}

    def request(self, text: str, source: str, dest: str) -> dict[str, Any]:
        body = {"q": text, "source": source, "target": dest, "format": "text"}
        if settings.LIBRETRANSLATE_KEY:
            body["api_key"] = settings.LIBRETRANSLATE_KEY
        return {"url": f"{settings.LIBRETRANSLATE_URL}/translate", "json": body}

    def read(self, data: Any) -> str:
        return data["translatedText"]


def get_provider() -> Provider | None:
    """Return the configured service, or None."""
    if settings.MS_TRANSLATOR_KEY:
        return MicrosoftTranslator()
    if settings.LIBRETRANSLATE_URL:
        return LibreTranslate()
    return None
