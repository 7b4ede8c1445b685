import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.core.cache import cache

from microblog.core.http import MAX_PAUSE_SECONDS
from posts.translation import providers
from posts.translation.exceptions import QuotaReached, TranslationFailed
from posts.translation.services import translate
from posts.translation.tests.conftest import KEY
from tests.helpers.translation_service import stand_in


class TestMicrosoft:
    def test_request_is_as_documented(self, microsoft):
        assert translate("Hola", "es", "zh-hans") == "Hola (es > zh-Hans)"
        (asked,) = microsoft.requests
        assert asked["path"] == "/translate"
        assert asked["query"] == {"api-version": "3.0", "from": "es", "to": "zh-Hans", "textType": "plain"}
        assert asked["body"] == [{"Text": "Hola"}]
        assert asked["headers"]["Ocp-Apim-Subscription-Key"] == KEY
        assert asked["headers"]["Ocp-Apim-Subscription-Region"] == "westeurope"

    def test_used_up_quota_pauses_requests(self, microsoft):
        microsoft.failures = [(403, {}, {"error": {"code": 403001, "message": "exceeded its free quota"}})]
        for _ in range(3):
            with pytest.raises(QuotaReached):
                translate("Hola", "es", "en")
        assert len(microsoft.requests) == 1


class TestLibreTranslate:
    def test_request_is_as_documented(self, libre):
        assert translate("Hola", "es", "zh-hans") == "Hola (es > zh)"
        (asked,) = libre.requests
        assert asked["path"] == "/translate"
        assert asked["body"] == {"q": "Hola", "source": "es", "target": "zh", "format": "text", "api_key": KEY}

    def test_needs_no_key(self, libre, settings):
        settings.LIBRETRANSLATE_KEY = ""
        translate("Hola", "es", "en")
        assert "api_key" not in libre.requests[0]["body"]


class TestFailures:
    def test_server_error_is_retried_once(self, either):
        either.failures = [(500, {}, {"error": "oops"})]
        assert translate("Hola", "es", "en").startswith("Hola")
        assert len(either.requests) == 2
        either.failures = [(503, {}, b"<html>"), (500, {}, b"")]
        with pytest.raises(TranslationFailed):
            translate("Adiós", "es", "en")
        assert len(either.requests) == 4

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 408])
    def test_rejected_request_is_not_retried(self, either, status):
        either.failures = [(status, {}, {"error": {"code": 400036, "message": "no"}})]
        with pytest.raises(TranslationFailed) as caught:
            translate("Hola", "es", "en")
        assert str(caught.value.message) == "Error: the translation service failed."
        assert len(either.requests) == 1

    @pytest.mark.parametrize(
        ("status", "headers", "seconds"),
        [
            (429, {}, providers.QUOTA_PAUSE_SECONDS),
            (429, {"Retry-After": "120"}, 120),
            (429, {"Retry-After": "soon"}, providers.QUOTA_PAUSE_SECONDS),
            (429, {"Retry-After": "nan"}, providers.QUOTA_PAUSE_SECONDS),
            (429, {"Retry-After": "99999999"}, MAX_PAUSE_SECONDS),
            (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 300 s"}, 300),
            (429, {"Retry-After": "on a date"}, 200),
        ],
    )
    def test_quota_error_pauses_requests_until_it_ends(self, either, status, headers, seconds):
        asked = time.time()
        texts = {
            "in 300 s": str(int(asked) + 300),
            "on a date": format_datetime(datetime.now(UTC) + timedelta(seconds=200), usegmt=True),
        }
        headers = {name: texts.get(value, value) for name, value in headers.items()}
        either.failures = [(status, headers, {"error": "slow"})]
        with pytest.raises(QuotaReached):
            translate("Hola", "es", "en")
        (until,) = cache._expire_info.values()
        # Headers tell whole seconds.
        assert asked + seconds - 1 <= until <= time.time() + seconds

    def test_no_request_is_sent_during_a_pause(self, either):
        either.failures = [(429, {"Retry-After": "120"}, {"error": "slow"})]
        for _ in range(3):
            with pytest.raises(QuotaReached):
                translate("Hola", "es", "en")
        assert len(either.requests) == 1
        # Let the pause pass.
        (pause,) = cache._expire_info
        cache._expire_info[pause] = time.time()
        assert translate("Hola", "es", "en").startswith("Hola")

    @pytest.mark.usefixtures("_impatient")
    @pytest.mark.parametrize("failure", ["silence", "cut off", "drip"])
    def test_hanging_service_delays_one_reader_briefly(self, either, failure):
        either.failures = [failure]
        for _ in range(3):
            with pytest.raises(TranslationFailed):
                translate("Hola", "es", "en")
        assert len(either.requests) == 1

    def test_unreachable_service_fails(self, settings):
        settings.LIBRETRANSLATE_URL = "http://127.0.0.1:9"
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")

    @pytest.mark.parametrize(
        "body", [b"", b"\xff", b"null", b"[]", b"{}", b'"text"', b"[1]", b'[{"translations": []}]']
    )
    def test_response_in_an_unknown_format_fails(self, either, body):
        either.failures = [(200, {}, body)]
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")

    def test_endless_response_is_cut_off(self, either):
        either.failures = [(200, {}, b"[" + b" " * 2_000_000)]
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")

    def test_redirect_is_not_followed(self, either):
        with stand_in() as elsewhere:
            either.failures = [(307, {"Location": f"{elsewhere.url}/translate"}, b"")]
            with pytest.raises(TranslationFailed):
                translate("Hola", "es", "en")
            assert elsewhere.requests == []

    def test_neither_key_nor_text_is_logged(self, either, caplog):
        caplog.set_level("DEBUG", logger="posts")
        for number, failure in enumerate(
            [(401, {}, {"error": KEY}), (400, {}, {"error": KEY}), (200, {}, b"{}"), "cut off", (429, {}, {})]
        ):
            cache.clear()
            either.failures = [failure]
            with pytest.raises(TranslationFailed):
                translate(f"Mi secreto {number}", "es", "en")
        assert len(caplog.records) == 5
        assert KEY not in caplog.text
        assert "secreto" not in caplog.text
