"""Translation of texts by the service that the settings name. Translations are cached."""

from __future__ import annotations

import hashlib

from django.core.cache import cache

from posts.translation.exceptions import TextTooLong, TranslationNotConfigured
from posts.translation.providers import get_provider

# Characters of a text: ten times what the site's longest post may have would be refused by the services too.
MAX_TEXT = 5_000
CACHE_SECONDS = 30 * 24 * 3600


def translate(text: str, source_language: str, dest_language: str) -> str:
    """
    Translate a text between two languages, named by code such as "es" or "zh-hans".

    The same text is asked for once in CACHE_SECONDS. Raise TranslationNotConfigured, TextTooLong, QuotaReached or
    TranslationFailed, each with a sentence for the reader.
    """
    provider = get_provider()
    if provider is None:
        raise TranslationNotConfigured
    if len(text) > MAX_TEXT:
        raise TextTooLong
    # A post that is edited has another text.
    asked = "\0".join([provider.name, source_language, dest_language, text])
    key = f"translation:{hashlib.sha256(asked.encode()).hexdigest()}"
    known: str | None = cache.get(key)
    if known is None:
        known = provider.translate(text, source_language, dest_language)
        cache.set(key, known, CACHE_SECONDS)
    return known
