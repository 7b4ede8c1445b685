"""
The translation services that a site may use, spoken to over HTTP.

Keys go into requests and nowhere else: neither texts nor keys nor responses are logged.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, ClassVar

import requests
from django.conf import settings
from django.core.cache import cache

from posts.translation.exceptions import QuotaReached, TranslationFailed

logger = logging.getLogger(__name__)

# Seconds to reach the service, between two pieces of its answer, and for one attempt in all.
CONNECT_TIMEOUT, READ_TIMEOUT, LONGEST_ATTEMPT = 2, 5, 8
MAX_ANSWER_BYTES = 100_000
# How long a service is left alone that did not answer, or said no without saying for how long.
PAUSE_SECONDS = 15
QUOTA_PAUSE_SECONDS = 60
EXHAUSTED_PAUSE_SECONDS = 3600
LONGEST_PAUSE_SECONDS = 24 * 3600


class _Refused(Exception):
    """The service says no for `seconds`, because of a quota, or for as long as nobody changes something (None)."""

    def __init__(self, seconds: int | None) -> None:
        super().__init__()
        self.seconds = seconds


class Provider:
    """A translation service that is spoken to over HTTP."""

    name: ClassVar[str]
    # Codes of languages that the service calls otherwise.
    codes: ClassVar[dict[str, str]] = {}

    def request(self, text: str, source: str, dest: str) -> dict[str, Any]:
        """Return what requests needs to ask for a translation: url, json, headers, params."""
        raise NotImplementedError

    def read(self, answer: Any) -> str:
        """Return the translation in a decoded answer; raise KeyError, IndexError or TypeError for another shape."""
        raise NotImplementedError

    def is_exhausted(self, answer: Any) -> bool:  # noqa: ARG002 - other providers look at it
        """Tell whether a 403 means that what was paid for is used up."""
        return False

    def code(self, language: str) -> str:
        """Return the name of a language in this service, which knows few regions."""
        language = language.lower()
        return self.codes.get(language) or self.codes.get(language.split("-")[0]) or language.split("-")[0]

    def translate(self, text: str, source: str, dest: str) -> str:
        """Translate a text; raise TranslationFailed or QuotaReached. An error of the service itself is tried twice."""
        pause = f"translation:pause:{type(self).__name__}"
        if paused := cache.get(pause):
            raise QuotaReached if paused == "quota" else TranslationFailed
        arguments = self.request(text, self.code(source), self.code(dest))
        try:
            status, answer = self._send(arguments)
            if status >= 500:
                status, answer = self._send(arguments)
            if status == 200:
                return str(self.read(answer))
        except _Refused as refused:
            if refused.seconds is None:
                raise TranslationFailed from refused
            cache.set(pause, "quota", refused.seconds)
            raise QuotaReached from refused
        except requests.RequestException as error:
            # Every reader would wait for it in vain: the next ones are told at once.
            cache.set(pause, "silent", PAUSE_SECONDS)
            logger.warning("%s does not answer: %s", self.name, type(error).__name__)
            raise TranslationFailed from error
        except (KeyError, IndexError, TypeError) as error:
            logger.warning("%s gave an answer of another shape", self.name)
            raise TranslationFailed from error
        logger.warning("%s answered with status %d", self.name, status)
        raise TranslationFailed

    def _send(self, arguments: dict[str, Any]) -> tuple[int, Any]:
        """Return status and decoded answer (None where it is not JSON) of one attempt."""
        deadline = time.monotonic() + LONGEST_ATTEMPT
        timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)
        # A redirect would carry the key to whoever it names.
        with requests.post(**arguments, timeout=timeout, allow_redirects=False, stream=True) as response:
            content = bytearray()
            # Byte by byte, so that the clock is looked at however slowly they come.
            for piece in response.iter_content(1):
                content += piece
                if len(content) > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                    raise requests.exceptions.ReadTimeout
            try:
                answer = json.loads(content)
            except ValueError:
                answer = None
            if response.status_code in (401, 403, 429):
                logger.warning("%s refused with status %d", self.name, response.status_code)
                raise _Refused(self._pause(response, answer))
            return response.status_code, answer

    def _pause(self, response: requests.Response, answer: Any) -> int | None:
        """Return for how many seconds a service that said no will go on to, or None where it did not count."""
        if response.status_code == 401:
            return None
        seconds = _seconds_until(response.headers.get("Retry-After"))
        if seconds is None and response.headers.get("X-RateLimit-Remaining") == "0":
            seconds = _seconds_until(response.headers.get("X-RateLimit-Reset"), is_moment=True)
        if seconds is None and response.status_code == 429:
            seconds = QUOTA_PAUSE_SECONDS
        if seconds is None and self.is_exhausted(answer):
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

    def read(self, answer: Any) -> str:
        return answer[0]["translations"][0]["text"]

    def is_exhausted(self, answer: Any) -> bool:
        # "The operation isn't allowed because the subscription has exceeded its free quota."
        return isinstance(answer, dict) and "403001" in str(answer.get("error"))


class LibreTranslate(Provider):
    """LibreTranslate, on a server of one's own or somebody else's."""

    name = "LibreTranslate"
    codes = {"zh-hant": "zt", "no": "nb"}

    def request(self, text: str, source: str, dest: str) -> dict[str, Any]:
        body = {"q": text, "source": source, "target": dest, "format": "text"}
        if settings.LIBRETRANSLATE_KEY:
            body["api_key"] = settings.LIBRETRANSLATE_KEY
        return {"url": f"{settings.LIBRETRANSLATE_URL}/translate", "json": body}

    def read(self, answer: Any) -> str:
        return answer["translatedText"]


def get_provider() -> Provider | None:
    """Return the service that the settings name, or None."""
    if settings.MS_TRANSLATOR_KEY:
        return MicrosoftTranslator()
    if settings.LIBRETRANSLATE_URL:
        return LibreTranslate()
    return None


def _seconds_until(value: str | None, *, is_moment: bool = False) -> int | None:
    """Read a header that names a time: seconds from now, seconds since 1970 (`is_moment`), or a date."""
    if not value:
        return None
    try:
        seconds = float(value) - (time.time() if is_moment else 0)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(1, round(seconds)), LONGEST_PAUSE_SECONDS) if isfinite(seconds) else None
