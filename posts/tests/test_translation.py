import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.core.cache import cache

from accounts.tests.factories import UserFactory
from posts import translation
from posts.tests.factories import PostFactory
from posts.translation import (
    MAX_TEXT,
    QuotaReached,
    TextTooLong,
    TranslationFailed,
    TranslationNotConfigured,
    translate,
)
from tests.helpers.translation_service import stand_in

KEY = "k3y-nobody-may-see"


@pytest.fixture
def service():
    with stand_in() as service:
        yield service


@pytest.fixture
def microsoft(service, settings):
    settings.MS_TRANSLATOR_KEY, settings.MS_TRANSLATOR_REGION = KEY, "westeurope"
    settings.MS_TRANSLATOR_URL = service.url
    return service


@pytest.fixture
def libre(service, settings):
    settings.LIBRETRANSLATE_KEY, settings.LIBRETRANSLATE_URL = KEY, service.url
    return service


@pytest.fixture(params=["microsoft", "libre"])
def either(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def _impatient(monkeypatch):
    """Wait a fraction of what a reader would."""
    monkeypatch.setattr(translation, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(translation, "LONGEST_ATTEMPT", 0.5)


def test_without_a_service_it_says_so():
    with pytest.raises(TranslationNotConfigured) as caught:
        translate("Hola", "es", "en")
    assert str(caught.value.message) == "Error: the translation service is not configured."


class TestMicrosoft:
    def test_is_asked_as_its_documentation_says(self, microsoft):
        assert translate("Hola", "es", "zh-hans") == "Hola (es > zh-Hans)"
        (asked,) = microsoft.requests
        assert asked["path"] == "/translate"
        assert asked["query"] == {"api-version": "3.0", "from": "es", "to": "zh-Hans", "textType": "plain"}
        assert asked["body"] == [{"Text": "Hola"}]
        assert asked["headers"]["Ocp-Apim-Subscription-Key"] == KEY
        assert asked["headers"]["Ocp-Apim-Subscription-Region"] == "westeurope"

    def test_used_up_quota_is_remembered(self, microsoft):
        microsoft.failures = [(403, {}, {"error": {"code": 403001, "message": "exceeded its free quota"}})]
        for _ in range(3):
            with pytest.raises(QuotaReached):
                translate("Hola", "es", "en")
        assert len(microsoft.requests) == 1


class TestLibreTranslate:
    def test_is_asked_as_its_documentation_says(self, libre):
        assert translate("Hola", "es", "zh-hans") == "Hola (es > zh)"
        (asked,) = libre.requests
        assert asked["path"] == "/translate"
        assert asked["body"] == {"q": "Hola", "source": "es", "target": "zh", "format": "text", "api_key": KEY}

    def test_needs_no_key(self, libre, settings):
        settings.LIBRETRANSLATE_KEY = ""
        translate("Hola", "es", "en")
        assert "api_key" not in libre.requests[0]["body"]


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


class TestFailures:
    def test_error_of_the_service_is_tried_twice(self, either):
        either.failures = [(500, {}, {"error": "oops"})]
        assert translate("Hola", "es", "en").startswith("Hola")
        assert len(either.requests) == 2
        either.failures = [(503, {}, b"<html>"), (500, {}, b"")]
        with pytest.raises(TranslationFailed):
            translate("Adiós", "es", "en")
        assert len(either.requests) == 4

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 408])
    def test_refusal_is_not_tried_again(self, either, status):
        either.failures = [(status, {}, {"error": {"code": 400036, "message": "no"}})]
        with pytest.raises(TranslationFailed) as caught:
            translate("Hola", "es", "en")
        assert str(caught.value.message) == "Error: the translation service failed."
        assert len(either.requests) == 1

    @pytest.mark.parametrize(
        ("status", "headers", "seconds"),
        [
            (429, {}, translation.QUOTA_PAUSE_SECONDS),
            (429, {"Retry-After": "120"}, 120),
            (429, {"Retry-After": "soon"}, translation.QUOTA_PAUSE_SECONDS),
            (429, {"Retry-After": "nan"}, translation.QUOTA_PAUSE_SECONDS),
            (429, {"Retry-After": "99999999"}, translation.LONGEST_PAUSE_SECONDS),
            (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 300 s"}, 300),
            (429, {"Retry-After": "on a date"}, 200),
        ],
    )
    def test_quota_is_remembered_until_it_passes(self, either, status, headers, seconds):
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

    def test_who_was_told_to_wait_does_not_ask(self, either):
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
    def test_service_that_hangs_holds_up_one_reader_and_not_for_long(self, either, failure):
        either.failures = [failure]
        for _ in range(3):
            with pytest.raises(TranslationFailed):
                translate("Hola", "es", "en")
        assert len(either.requests) == 1

    def test_service_that_is_not_there(self, settings):
        settings.LIBRETRANSLATE_URL = "http://127.0.0.1:9"
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")

    @pytest.mark.parametrize(
        "body", [b"", b"\xff", b"null", b"[]", b"{}", b'"text"', b"[1]", b'[{"translations": []}]']
    )
    def test_answer_of_another_shape(self, either, body):
        either.failures = [(200, {}, body)]
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")

    def test_endless_answer_is_cut_short(self, either):
        either.failures = [(200, {}, b"[" + b" " * 2_000_000)]
        with pytest.raises(TranslationFailed):
            translate("Hola", "es", "en")

    def test_redirect_does_not_carry_the_key_away(self, either):
        with stand_in() as elsewhere:
            either.failures = [(307, {"Location": f"{elsewhere.url}/translate"}, b"")]
            with pytest.raises(TranslationFailed):
                translate("Hola", "es", "en")
            assert elsewhere.requests == []

    def test_text_that_is_too_long_is_not_sent(self, either):
        with pytest.raises(TextTooLong):
            translate("x" * (MAX_TEXT + 1), "es", "en")
        assert either.requests == []

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


SPANISH = "El tren nocturno a Lisboa ha vuelto."


@pytest.mark.django_db
class TestTranslatePage:
    @pytest.fixture
    def reader(self, client):
        reader = UserFactory()
        client.force_login(reader)
        return reader

    def test_takes_and_gives_what_clients_have_always_sent_and_read(self, client, reader, libre):
        data = {"text": "Hola", "source_language": "es", "dest_language": "en"}
        response = client.post("/translate", data)
        assert (response.status_code, response.json()) == (200, {"text": "Hola (es > en)"})
        assert "Translation-Failed" not in response

    def test_takes_the_id_of_a_post_and_answers_in_the_language_of_the_page(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        response = client.post("/translate", {"post": post.pk}, headers={"accept-language": "ar"})
        assert response.json() == {"text": f"{SPANISH} (es > ar)"}

    def test_says_what_went_wrong_as_text(self, client, reader, libre):
        libre.failures = [(400, {}, {"error": "no"})]
        post = PostFactory(body=SPANISH)
        response = client.post("/translate", {"post": post.pk})
        assert (response.status_code, response.json()) == (200, {"text": "Error: the translation service failed."})
        assert response["Translation-Failed"] == "1"

    def test_without_a_service_says_so_in_the_readers_language(self, client, reader):
        data = {"text": "Hola", "source_language": "es", "dest_language": "en"}
        for language, text in [
            ("en", "Error: the translation service is not configured."),
            ("es", "Error: el servicio de traducción no está configurado."),
        ]:
            response = client.post("/translate", data, headers={"accept-language": language})
            assert (response.status_code, response.json()) == (200, {"text": text})

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"text": "", "source_language": "es", "dest_language": "en"},
            {"text": "Hola", "source_language": "es"},
            {"text": "Hola", "source_language": "es", "dest_language": "../../admin"},
            {"text": "Hola", "source_language": "x" * 999, "dest_language": "en"},
            {"post": "999999"},
            {"post": "-1"},
        ],
    )
    def test_nonsense_is_answered_and_not_sent_on(self, client, reader, libre, data):
        response = client.post("/translate", data)
        assert response.json() == {"text": "Error: there is nothing to translate."}
        assert libre.requests == []

    def test_post_that_the_reader_may_not_see_is_not_translated(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        type(post).objects.update(hidden_at=post.created_at)
        assert client.post("/translate", {"post": post.pk})["Translation-Failed"] == "1"
        assert client.get(f"/post/{post.pk}/translation").status_code == 404
        assert libre.requests == []

    def test_edited_post_is_translated_anew(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        client.post("/translate", {"post": post.pk})
        client.force_login(post.author)
        client.post(f"/post/{post.pk}/edit", {"body": "El tren nocturno a Madrid ha vuelto."})
        assert "Madrid" in client.post("/translate", {"post": post.pk}).json()["text"]

    def test_nobody_uses_the_service_up(self, client, reader, libre, settings):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"translate": "2/m/user"}
        data = {"source_language": "es", "dest_language": "en"}
        answers = [client.post("/translate", data | {"text": f"Hola {n}"}) for n in range(3)]
        assert ["Translation-Failed" in answer for answer in answers] == [False, False, True]
        assert "many translations" in answers[2].json()["text"]
        assert len(libre.requests) == 2
        client.force_login(UserFactory())
        assert "Translation-Failed" not in client.post("/translate", data | {"text": "Hola"})

    def test_visitor_is_told_to_sign_in_and_a_link_translates_nothing(self, client, libre):
        refused = client.post("/translate", {"text": "Hola"})
        assert (refused.status_code, refused.json()) == (401, {"text": "Please log in to access this page."})
        client.force_login(UserFactory())
        assert client.get("/translate").status_code == 405
        assert libre.requests == []

    def test_page_shows_original_and_translation_as_text(self, client, reader, libre):
        post = PostFactory(body="El tren <b>nocturno</b> a Lisboa ha vuelto esta noche.")
        page = client.get(f"/post/{post.pk}/translation").content.decode()
        assert "El tren &lt;b&gt;nocturno&lt;/b&gt; a Lisboa ha vuelto esta noche. (es &gt; en)" in page
        assert "Translation from Spanish to English" in page

    def test_fragment_is_the_translation_alone(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        response = client.get(f"/post/{post.pk}/translation", headers={"HX-Request": "true"})
        text = response.content.decode().strip()
        assert text.startswith('<span class="mb-post__body mb-translation"')
        assert text.endswith(f" hidden>{SPANISH} (es &gt; en)</span>")
        # The page has the same URL: a browser must not show one for the other.
        assert "HX-Request" in response["Vary"]

    def test_fragment_says_what_went_wrong(self, client, reader):
        post = PostFactory(body=SPANISH)
        response = client.get(f"/post/{post.pk}/translation", headers={"HX-Request": "true"})
        text = "Error: the translation service is not configured."
        assert response.content.decode().strip() == f'<span class="mb-translation__error">{text}</span>'

    def test_page_says_what_went_wrong(self, client, reader):
        post = PostFactory(body=SPANISH)
        response = client.get(f"/post/{post.pk}/translation")
        assert response.status_code == 200
        assert "Error: the translation service is not configured." in response.content.decode()

    @pytest.mark.parametrize(
        ("body", "page_language", "offered"),
        [
            (SPANISH, "en", True),
            (SPANISH, "es", False),
            ("刚把社区的站点搬到了新服务器", "zh-hans", False),
            ("ok", "en", False),
        ],
    )
    def test_offered_where_the_language_is_known_and_another(
        self, client, reader, libre, body, page_language, offered
    ):
        post = PostFactory(body=body)
        page = client.get("/explore", headers={"accept-language": page_language}).content.decode()
        assert (f'data-hx-get="/post/{post.pk}/translation"' in page) == offered

    @pytest.mark.parametrize("is_own", [True, False])
    def test_not_offered_on_own_posts_or_without_a_service(self, client, reader, request, is_own):
        if is_own:
            request.getfixturevalue("libre")
        PostFactory(body=SPANISH, author=reader if is_own else UserFactory())
        assert '/translation"' not in client.get("/explore").content.decode()
