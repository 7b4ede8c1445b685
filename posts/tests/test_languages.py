import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import override

from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from posts.languages import DETECT, DETECTOR_VERSION, LANGUAGES, SET_BY_HAND, detect_language, language_choices
from posts.models import Post
from posts.services import detect_languages, edit_post, set_language
from posts.tests.factories import PostFactory
from tests.helpers.cost import BUDGET, LIMIT, affordable


class TestDetection:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("The night train to Lisbon is back.", "en"),
            ("He perdido el tren a propósito.", "es"),
            ("刚把社区的站点搬到了新服务器", "zh"),
            ("صباح الخير يا أصدقاء", "ar"),
            ("昨日の夕焼けはとてもきれいでした", "ja"),
            ("Heute backe ich ein Brot mit Walnüssen.", "de"),
            ("@ana https://example.org/night/train mañana salimos temprano hacia la costa", "es"),
            ("THE NIGHT TRAIN TO LISBON IS BACK", "en"),
            ("two\nlines of English text\r\nare still English", "en"),
        ],
    )
    def test_language_is_detected(self, text, language):
        assert detect_language(text) == language

    @pytest.mark.parametrize(
        "text",
        ["", "ok", "😀😀😀", "42", "...", "https://example.org/the/night/train", "@ana @bob", "example.com/notes"],
    )
    def test_short_or_undecidable_text_has_no_language(self, text):
        assert detect_language(text) == ""

    @pytest.mark.parametrize("text", ["\x00", "\ud800", "a" * 40_000, "\u202e\u202e", "\n\n", "e" + "\u0301" * 999])
    def test_no_text_raises_an_error(self, text):
        assert detect_language(text) in {"", *LANGUAGES}

    def test_detection_takes_less_than_a_millisecond(self):
        detect_language("warm")
        with affordable("200 texts", 200 * 0.001 * BUDGET / LIMIT):
            for number in range(200):
                detect_language(f"The night train number {number} to Lisbon is back, and we are on it again.")


def test_every_language_has_a_name_in_every_language_of_the_site():
    for page_language, _name in settings.LANGUAGES:
        with override(page_language):
            names = dict(language_choices())
        assert names.keys() == LANGUAGES
        assert all(names.values())
        assert len(set(names.values())) == len(names)


@pytest.mark.django_db
class TestPosts:
    def test_language_is_detected_for_new_and_edited_posts(self):
        post = PostFactory(body="The night train to Lisbon is back.")
        assert (post.language, post.detector_version) == ("en", DETECTOR_VERSION)
        edit_post(post, body="El tren nocturno a Lisboa ha vuelto.")
        post.refresh_from_db()
        assert post.language == "es"

    def test_choice_of_the_author_overrides_detection_and_does_not_mark_as_edited(self):
        post = PostFactory(body="El tren nocturno a Lisboa ha vuelto.")
        edit_post(post, body=post.body, language="gl")
        post.refresh_from_db()
        assert (post.language, post.detector_version, post.edited_at) == ("gl", SET_BY_HAND, None)
        edit_post(post, body=post.body, language=DETECT)
        post.refresh_from_db()
        assert (post.language, post.detector_version) == ("es", DETECTOR_VERSION)

    def test_command_detects_only_languages_that_no_person_set(self, capsys):
        old, seen, by_hand = PostFactory.create_batch(3, body="The night train to Lisbon is back.")
        Post.objects.filter(pk=old.pk).update(language="", detector_version=0)
        Post.objects.filter(pk=seen.pk).update(language="")
        set_language(by_hand, language="")

        def languages():
            return list(Post.objects.order_by("pk").values_list("language", flat=True))

        call_command("detect_languages", "--dry-run")
        assert languages() == ["", "", ""]
        call_command("detect_languages")
        assert languages() == ["en", "", ""]
        call_command("detect_languages")
        call_command("detect_languages", "--all")
        assert languages() == ["en", "en", ""]
        assert capsys.readouterr().out.splitlines() == [
            "1 posts checked, 1 languages would change.",
            "1 posts checked, 1 languages changed.",
            "0 posts checked, 0 languages changed.",
            "2 posts checked, 1 languages changed.",
        ]

    def test_interrupted_command_continues_where_it_stopped(self, monkeypatch):
        PostFactory.create_batch(5, body="The night train to Lisbon is back.")
        Post.objects.update(language="", detector_version=0)
        detect_languages(Post.objects.order_by("pk")[:2])
        assert Post.objects.filter(language="en").count() == 2
        monkeypatch.setattr("posts.management.commands.detect_languages.BATCH", 2)
        call_command("detect_languages")
        assert Post.objects.filter(language="en").count() == 5

    def test_concurrent_edit_wins(self):
        post = PostFactory(body="The night train to Lisbon is back.")
        Post.objects.update(detector_version=0)
        (stale,) = Post.objects.all()
        set_language(post, language="gl")
        detect_languages([stale])
        post.refresh_from_db()
        assert post.language == "gl"


@pytest.mark.django_db
class TestCorrection:
    @pytest.mark.parametrize("who", ["author", "staff"])
    def test_author_and_staff_correct_the_language(self, client, who):
        post = PostFactory(body="The night train to Lisbon is back.")
        actor = post.author if who == "author" else UserFactory(is_staff=True)
        client.force_login(actor)
        page = client.get(f"/post/{post.pk}").content.decode()
        assert "Language of this post: English." in page
        assert f'href="/post/{post.pk}/language"' in page
        assert client.post(f"/post/{post.pk}/language", {"language": "pt"})["Location"] == f"/post/{post.pk}"
        post.refresh_from_db()
        assert (post.language, post.edited_at) == ("pt", None)
        logged = [(entry.actor_name, entry.after) for entry in AuditEntry.objects.all()]
        assert logged == ([] if who == "author" else [(actor.username, {"language": "pt"})])

    def test_other_users_cannot_correct_the_language(self, client):
        post = PostFactory(body="The night train to Lisbon is back.")
        client.force_login(UserFactory())
        assert "Wrong language?" not in client.get(f"/post/{post.pk}").content.decode()
        for answer in (client.get(f"/post/{post.pk}/language"), client.post(f"/post/{post.pk}/language")):
            assert answer.status_code == 404

    def test_unknown_language_is_refused(self, client):
        post = PostFactory()
        client.force_login(post.author)
        response = client.post(f"/post/{post.pk}/language", {"language": "tlh"})
        assert response.status_code == 200
        assert response.context["form"].errors

    def test_edit_form_keeps_the_chosen_language(self, client):
        post = PostFactory(body="The night train to Lisbon is back.")
        client.force_login(post.author)
        path = f"/post/{post.pk}/edit"
        assert client.get(path).context["form"]["language"].value() == DETECT
        client.post(path, {"body": "El tren nocturno ha vuelto a Lisboa.", "language": "none"})
        post.refresh_from_db()
        assert (post.language, post.detector_version) == ("", SET_BY_HAND)
        assert client.get(path).context["form"]["language"].value() == "none"
