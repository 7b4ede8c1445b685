"""Translate texts with the configured service. Translations are cached."""

from __future__ import annotations

import hashlib

from django.core.cache import cache

from posts.translation.exceptions import TextTooLong, TranslationNotConfigured
from posts.translation.providers import get_provider

# Most characters of a text. The services reject longer ones too.
MAX_TEXT = 5_000
CACHE_SECONDS = 30 * 24 * 3600


def translate(text: str, source_language: str, dest_language: str) -> str:
    """
    Return the translation of a text. Languages are codes such as "es" or "zh-hans".

    Translations are cached for CACHE_SECONDS. Raise TranslationNotConfigured, TextTooLong, QuotaReached or
    TranslationFailed, each with a message for the reader.
    """
    provider = get_provider()
    if provider is None:
        raise TranslationNotConfigured
    if len(text) > MAX_TEXT:
        raise TextTooLong
    source = "\0".join([provider.name, source_language, dest_language, text])
    key = f"translation:{hashlib.sha256(source.encode()).hexdigest()}"
    translation: str | None = cache.get(key)
    if translation is None:
        translation = provider.translate(text, source_language, dest_language)
        cache.set(key, translation, CACHE_SECONDS)
    return translation
