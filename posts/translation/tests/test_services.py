import pytest

from posts.translation.exceptions import TextTooLong, TranslationFailed, TranslationNotConfigured
from posts.translation.services import MAX_TEXT, translate


def test_missing_configuration_raises_an_error():
    with pytest.raises(TranslationNotConfigured) as caught:
        translate("Hola", "es", "en")
    assert str(caught.value.message) == "Error: the translation service is not configured."


class TestCache:
    def test_translations_are_cached_by_text_and_language(self, either):
        for dest in ("en", "en", "ar", "ar"):
            translate("Hola", "es", dest)
        assert len(either.requests) == 2

    def test_failure_is_not_cached(self, either):
        either.failures = [(400, {}, {"error": "no"})]
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")
        assert translate("Hola", "es", "en").startswith("Hola")


def test_too_long_text_is_not_sent(either):
    with pytest.raises(TextTooLong):
        translate("x" * (MAX_TEXT + 1), "es", "en")
    assert either.requests == []
