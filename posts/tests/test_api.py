"""Posts, timelines and exports in the API."""

import pytest

from exports.models import Export
from jobs.outbox import run_due_everywhere
from posts.services import hide_post
from posts.tests.factories import PostFactory
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestPosts:
    def test_one_is_written_changed_and_deleted(self, as_ana, ana):
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

    def test_language_is_found_or_said(self, as_ana):
        for given, stored in (("es", "es"), ("none", ""), ("auto", "en")):
            data = {"body": "This is certainly an English sentence.", "language": given}
            assert send(as_ana, "POST", "/api/posts", data).json()["language"] == stored
        assert send(as_ana, "POST", "/api/posts", {"body": "x", "language": "tlh"}).status_code == 400

    def test_others_posts_cannot_be_changed(self, as_bob, ana):
        path = f"/api/posts/{PostFactory(author=ana).pk}"
        assert send(as_bob, "PUT", path, {"body": "x"}).status_code == 403
        assert as_bob.delete(path).status_code == 403

    def test_hidden_post_is_shown_to_its_author_with_the_reason(self, as_ana, as_bob, ana, bob):
        post = PostFactory(author=ana)
        hide_post(post, actor=bob, reason="Rule 4.")
        assert as_ana.get(f"/api/posts/{post.pk}").json()["hidden_reason"] == "Rule 4."
        assert as_bob.get(f"/api/posts/{post.pk}").status_code == 404

    def test_new_member_confirms_their_address_before_others_read_them(self, as_ana, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        response = send(as_ana, "POST", "/api/posts", {"body": "x"})
        assert response.status_code == 403
        assert response.json()["message"].startswith("confirm your e-mail address first")


class TestTimelines:
    def test_mute_empties_timelines_alone(self, as_ana, bob):
        post = PostFactory(author=bob)
        assert as_ana.put(f"/api/users/{bob.pk}/mute").status_code == 204
        assert item_ids(as_ana.get("/api/timelines/public")) == []
        assert item_ids(as_ana.get(f"/api/users/{bob.pk}/posts")) == [post.pk]
        assert item_ids(as_ana.get("/api/mutes")) == [bob.pk]
        assert as_ana.delete(f"/api/users/{bob.pk}/mute").status_code == 204
        assert item_ids(as_ana.get("/api/timelines/public")) == [post.pk]


class TestExports:
    def test_one_is_asked_for_watched_and_fetched(self, as_ana, as_bob, ana, settings):
        PostFactory(author=ana)
        asked = send(as_ana, "POST", "/api/exports")
        assert (asked.status_code, asked.json()["state"]) == (202, "queued")
        again = send(as_ana, "POST", "/api/exports")
        assert (again.status_code, again.json()["id"]) == (202, asked.json()["id"])
        waiting = as_ana.get(asked["Location"])
        assert waiting["Retry-After"]
        assert waiting.json()["_links"]["archive"] is None
        assert as_ana.get(f"{asked['Location']}/archive").status_code == 409
        run_due_everywhere()
        done = as_ana.get(asked["Location"]).json()
        assert (done["state"], done["progress"]) == ("done", 100)
        assert done["_links"]["archive"].startswith(f"{settings.SITE_URL}/")
        archive = as_ana.get(done["_links"]["archive"])
        assert archive["Content-Type"] == "application/zip"
        assert b"".join(archive.streaming_content).startswith(b"PK")
        assert as_bob.get(done["_links"]["archive"]).status_code == 404
        assert item_ids(as_ana.get("/api/exports")) == [done["id"]]

    def test_archive_is_on_the_host_of_the_request_where_the_site_names_none(self, as_ana, settings):
        settings.SITE_URL = ""
        path = send(as_ana, "POST", "/api/exports")["Location"]
        run_due_everywhere()
        assert as_ana.get(path).json()["_links"]["archive"] == f"http://testserver{path}/archive"

    def test_one_can_be_stopped(self, as_ana):
        path = send(as_ana, "POST", "/api/exports")["Location"]
        assert [as_ana.delete(path).status_code for _ in range(2)] == [204, 204]
        assert Export.objects.get().state == Export.State.CANCELLED
