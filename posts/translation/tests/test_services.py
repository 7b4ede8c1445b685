import pytest

from posts.translation.exceptions import TextTooLong, TranslationFailed, TranslationNotConfigured
from posts.translation.services import MAX_TEXT, translate


def test_without_a_service_it_says_so():
    with pytest.raises(TranslationNotConfigured) as caught:
        translate("Hola", "es", "en")
    assert str(caught.value.message) == "Error: the translation service is not configured."


class TestCache:
    def test_same_text_is_asked_for_once_a_language(self, either):
        for dest in ("en", "en", "ar", "ar"):
            translate("Hola", "es", dest)
        assert len(either.requests) == 2

    def test_failure_is_not_kept_as_a_translation(self, either):
        either.failures = [(400, {}, {"error": "no"})]
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")
        assert translate("Hola", "es", "en").startswith("Hola")


def test_text_that_is_too_long_is_not_sent(either):
    with pytest.raises(TextTooLong):
        translate("x" * (MAX_TEXT + 1), "es", "en")
    assert either.requests == []
