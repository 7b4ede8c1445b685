"""Posts in the API."""

import pytest

from posts.services import hide_post
from posts.tests.factories import PostFactory
from tests.helpers.clients import send

pytestmark = pytest.mark.django_db


class TestPosts:
    def test_post_is_created_edited_and_deleted(self, as_ana, ana):
        written = send(as_ana, "POST", "/api/posts", {"body": "  Hello,\r\nworld  "})
        assert written.status_code == 201
        assert written.json()["body"] == "Hello,\nworld"
        path = written["Location"]
        assert as_ana.get(path).json() == written.json()
        changed = send(as_ana, "PUT", path, {"body": "Good morning to you all, my friends"}).json()
        assert (changed["body"], changed["language"]) == ("Good morning to you all, my friends", "en")
        assert changed["edited_at"] is not None
        assert as_ana.delete(path).status_code == 204
        assert as_ana.get(path).status_code == 404
        ana.refresh_from_db()
        assert ana.post_count == 0

    def test_language_is_detected_or_given(self, as_ana):
        for given, stored in (("es", "es"), ("none", ""), ("auto", "en")):
            data = {"body": "This is certainly an English sentence.", "language": given}
            assert send(as_ana, "POST", "/api/posts", data).json()["language"] == stored
        assert send(as_ana, "POST", "/api/posts", {"body": "x", "language": "tlh"}).status_code == 400

    def test_posts_of_others_cannot_be_edited(self, as_bob, ana):
        path = f"/api/posts/{PostFactory(author=ana).pk}"
        assert send(as_bob, "PUT", path, {"body": "x"}).status_code == 403
        assert as_bob.delete(path).status_code == 403

    def test_hidden_post_is_shown_to_its_author_with_the_reason(self, as_ana, as_bob, ana, bob):
        post = PostFactory(author=ana)
        hide_post(post, actor=bob, reason="Rule 4.")
        assert as_ana.get(f"/api/posts/{post.pk}").json()["hidden_reason"] == "Rule 4."
        assert as_bob.get(f"/api/posts/{post.pk}").status_code == 404

    def test_new_member_confirms_email_before_others_see_posts(self, as_ana, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        response = send(as_ana, "POST", "/api/posts", {"body": "x"})
        assert response.status_code == 403
        assert response.json()["message"].startswith("confirm your email address first")
