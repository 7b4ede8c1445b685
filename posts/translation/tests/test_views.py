import pytest

from accounts.tests.factories import UserFactory
from posts.tests.factories import PostFactory

SPANISH = "El tren nocturno a Lisboa ha vuelto."


@pytest.mark.django_db
class TestTranslatePage:
    @pytest.fixture
    def reader(self, client):
        reader = UserFactory()
        client.force_login(reader)
        return reader

    def test_request_and_response_are_those_of_the_original(self, client, reader, libre):
        data = {"text": "Hola", "source_language": "es", "dest_language": "en"}
        response = client.post("/translate", data)
        assert (response.status_code, response.json()) == (200, {"text": "Hola (es > en)"})
        assert "Translation-Failed" not in response

    def test_post_id_is_translated_to_the_language_of_the_page(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        response = client.post("/translate", {"post": post.pk}, headers={"accept-language": "ar"})
        assert response.json() == {"text": f"{SPANISH} (es > ar)"}

    def test_error_is_returned_as_text(self, client, reader, libre):
        libre.failures = [(400, {}, {"error": "no"})]
        post = PostFactory(body=SPANISH)
        response = client.post("/translate", {"post": post.pk})
        assert (response.status_code, response.json()) == (200, {"text": "Error: the translation service failed."})
        assert response["Translation-Failed"] == "1"

    def test_missing_service_is_reported_in_the_language_of_the_reader(self, client, reader):
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
    def test_invalid_arguments_are_not_sent_to_the_service(self, client, reader, libre, data):
        response = client.post("/translate", data)
        assert response.json() == {"text": "Error: there is nothing to translate."}
        assert libre.requests == []

    def test_invisible_post_is_not_translated(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        type(post).objects.update(hidden_at=post.created_at)
        assert client.post("/translate", {"post": post.pk})["Translation-Failed"] == "1"
        assert client.get(f"/post/{post.pk}/translation").status_code == 404
        assert libre.requests == []

    def test_edited_post_is_translated_again(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        client.post("/translate", {"post": post.pk})
        client.force_login(post.author)
        client.post(f"/post/{post.pk}/edit", {"body": "El tren nocturno a Madrid ha vuelto."})
        assert "Madrid" in client.post("/translate", {"post": post.pk}).json()["text"]

    def test_translations_are_rate_limited(self, client, reader, libre, settings):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"translate": "2/m/user"}
        data = {"source_language": "es", "dest_language": "en"}
        answers = [client.post("/translate", data | {"text": f"Hola {n}"}) for n in range(3)]
        assert ["Translation-Failed" in answer for answer in answers] == [False, False, True]
        assert "many translations" in answers[2].json()["text"]
        assert len(libre.requests) == 2
        client.force_login(UserFactory())
        assert "Translation-Failed" not in client.post("/translate", data | {"text": "Hola"})

    def test_visitor_must_sign_in_and_get_request_translates_nothing(self, client, libre):
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

    def test_fragment_has_only_the_translation(self, client, reader, libre):
        post = PostFactory(body=SPANISH)
        response = client.get(f"/post/{post.pk}/translation", headers={"HX-Request": "true"})
        text = response.content.decode().strip()
        assert text.startswith('<span class="mb-post__body mb-translation"')
        assert text.endswith(f" hidden>{SPANISH} (es &gt; en)</span>")
        # The page has the same URL: a browser must not show one for the other.
        assert "HX-Request" in response["Vary"]

    def test_fragment_shows_the_error(self, client, reader):
        post = PostFactory(body=SPANISH)
        response = client.get(f"/post/{post.pk}/translation", headers={"HX-Request": "true"})
        text = "Error: the translation service is not configured."
        assert response.content.decode().strip() == f'<span class="mb-translation__error">{text}</span>'

    def test_page_shows_the_error(self, client, reader):
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
    def test_translation_is_offered_for_posts_in_another_language(
        self, client, reader, libre, body, page_language, offered
    ):
        post = PostFactory(body=body)
        page = client.get("/explore", headers={"accept-language": page_language}).content.decode()
        assert (f'href="/post/{post.pk}/translation" data-translate' in page) == offered

    @pytest.mark.parametrize("is_own", [True, False])
    def test_translation_is_not_offered_on_own_posts_or_without_a_service(self, client, reader, request, is_own):
        if is_own:
            request.getfixturevalue("libre")
        PostFactory(body=SPANISH, author=reader if is_own else UserFactory())
        assert '/translation"' not in client.get("/explore").content.decode()
