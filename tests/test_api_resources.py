"""What each address of the API does, beside the contract of the oldest ones."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import block_user, follow_user, mute_user, suspend_user
from accounts.tests.factories import UserFactory
from messaging.services import send_message
from microblog.core.jobs import run_due_everywhere
from moderation.models import Rule
from moderation.services import report
from posts.models import Export, Post
from posts.services import hide_post
from posts.tests.factories import PostFactory
from tests.helpers.clients import bearer, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_bob(bob):
    return Client(headers=bearer(bob))


def ids(response):
    assert response.status_code == 200, response.content
    return [item["id"] for item in response.json()["items"]]


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


class TestFollowsBlocksAndMutes:
    def test_follow_and_unfollow_as_often_as_one_likes(self, as_ana, ana, bob):
        path = f"/api/users/{bob.pk}/follow"
        assert [as_ana.put(path).status_code for _ in range(2)] == [204, 204]
        assert ids(as_ana.get(f"/api/users/{ana.pk}/following")) == [bob.pk]
        assert [as_ana.delete(path).status_code for _ in range(2)] == [204, 204]
        assert ids(as_ana.get(f"/api/users/{ana.pk}/following")) == []

    @pytest.mark.parametrize("what", ["follow", "block", "mute"])
    def test_oneself_is_refused_in_words(self, as_ana, ana, what):
        response = as_ana.put(f"/api/users/{ana.pk}/{what}")
        assert response.status_code == 400
        assert response.json()["errors"][0]["detail"].startswith("You cannot")

    def test_block_hides_both_from_each_other_and_is_listed(self, as_ana, as_bob, ana, bob):
        assert as_ana.put(f"/api/users/{bob.pk}/block").status_code == 204
        assert as_bob.get(f"/api/users/{ana.pk}").status_code == 404
        assert as_ana.get(f"/api/users/{bob.pk}").status_code == 404
        assert ids(as_ana.get("/api/blocks")) == [bob.pk]
        assert ids(as_bob.get("/api/blocks")) == []
        assert as_ana.put(f"/api/users/{bob.pk}/block").status_code == 204
        assert as_ana.delete(f"/api/users/{bob.pk}/block").status_code == 204
        assert as_bob.get(f"/api/users/{ana.pk}").status_code == 200

    def test_mute_empties_timelines_alone(self, as_ana, bob):
        post = PostFactory(author=bob)
        assert as_ana.put(f"/api/users/{bob.pk}/mute").status_code == 204
        assert ids(as_ana.get("/api/timelines/public")) == []
        assert ids(as_ana.get(f"/api/users/{bob.pk}/posts")) == [post.pk]
        assert ids(as_ana.get("/api/mutes")) == [bob.pk]
        assert as_ana.delete(f"/api/users/{bob.pk}/mute").status_code == 204
        assert ids(as_ana.get("/api/timelines/public")) == [post.pk]


class TestAccount:
    def test_shows_and_changes_what_is_ones_own(self, as_ana, ana):
        answer = as_ana.get("/api/account").json()
        assert (answer["id"], answer["email"], answer["theme"]) == (ana.pk, ana.email, "auto")
        data = {"theme": "dark", "language": "es", "time_zone": "Europe/Madrid", "about_me": "Hi", "username": "anna"}
        changed = send(as_ana, "PUT", "/api/account", data)
        assert changed.status_code == 200
        assert {name: changed.json()[name] for name in data} == data
        assert changed["ETag"] == as_ana.get("/api/account")["ETag"]

    @pytest.mark.parametrize(
        "data", [{"theme": "pink"}, {"language": "tlh"}, {"time_zone": "Moon"}, {"avatar_source": 1}, {"email": "x"}]
    )
    def test_other_values_are_named(self, as_ana, ana, data):
        response = send(as_ana, "PUT", "/api/account", {**data, "about_me": "Hi"})
        assert response.json()["errors"][0]["pointer"] == f"#/{next(iter(data))}"
        assert User.objects.get(pk=ana.pk).about_me == ""


class TestMessages:
    def test_two_write_to_each_other(self, as_ana, as_bob, ana, bob):
        sent = send(as_ana, "POST", f"/api/users/{bob.pk}/messages", {"body": "Hello"})
        assert sent.status_code == 201
        (conversation,) = as_bob.get("/api/conversations").json()["items"]
        assert (conversation["person"]["username"], conversation["unread_count"]) == ("ana", 1)
        assert conversation["last_message"] == sent.json()
        assert as_bob.get("/api/account").json()["unread_message_count"] == 1
        links = conversation["_links"]
        assert ids(as_bob.get(links["messages"])) == [sent.json()["id"]]
        newer = send(as_ana, "POST", f"/api/users/{bob.pk}/messages", {"body": "There?"}).json()["id"]
        read = f"{links['self']}/read"
        assert send(as_bob, "PUT", read, {"upto": sent.json()["id"]}).status_code == 409
        assert send(as_bob, "PUT", read, {"upto": newer}).status_code == 204
        assert as_bob.get(links["self"]).json()["unread_count"] == 0
        assert as_bob.delete(links["self"]).status_code == 400
        assert as_bob.delete(f"{links['self']}?upto={sent.json()['id']}").status_code == 400
        assert as_bob.delete(f"{links['self']}?upto={newer}").status_code == 204
        assert as_bob.get(links["messages"]).status_code == 404
        assert len(ids(as_ana.get("/api/conversations"))) == 1

    def test_others_see_nothing_of_it(self, as_ana, bob):
        send_message(bob, sender=UserFactory(), body="Between us")
        pk = bob.participations.get().conversation_id
        for path in ("", "/messages"):
            assert as_ana.get(f"/api/conversations/{pk}{path}").status_code == 404

    def test_who_is_blocked_cannot_write(self, as_ana, ana, bob):
        block_user(ana, actor=bob)
        assert send(as_ana, "POST", f"/api/users/{bob.pk}/messages", {"body": "x"}).status_code == 404

    def test_notifications_are_told_in_words_and_read(self, as_ana, ana, bob):
        follow_user(ana, actor=bob)
        run_due_everywhere()
        (told,) = as_ana.get("/api/notifications").json()["items"]
        assert (told["kind"], told["text"], told["read_at"]) == ("followed", "bob followed you", None)
        assert told["actor"]["username"] == "bob"
        assert send(as_ana, "PUT", "/api/notifications/read", {"upto": told["id"]}).status_code == 204
        assert as_ana.get("/api/notifications").json()["items"][0]["read_at"] is not None
        assert as_ana.get("/api/account").json()["unread_notification_count"] == 0


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
        assert ids(as_ana.get("/api/exports")) == [done["id"]]

    def test_archive_is_on_the_host_of_the_request_where_the_site_names_none(self, as_ana, settings):
        settings.SITE_URL = ""
        path = send(as_ana, "POST", "/api/exports")["Location"]
        run_due_everywhere()
        assert as_ana.get(path).json()["_links"]["archive"] == f"http://testserver{path}/archive"

    def test_one_can_be_stopped(self, as_ana):
        path = send(as_ana, "POST", "/api/exports")["Location"]
        assert [as_ana.delete(path).status_code for _ in range(2)] == [204, 204]
        assert Export.objects.get().state == Export.State.CANCELLED


class TestSearch:
    def test_posts_and_people_are_found(self, as_ana, bob):
        post = PostFactory(author=bob, body="Penguins on parade")
        run_due_everywhere()
        answer = as_ana.get("/api/search/posts?q=penguins").json()
        assert [item["id"] for item in answer["items"]] == [post.pk]
        assert answer["_meta"]["total_items"] == 1
        assert answer["_links"]["self"] == "/api/search/posts?q=penguins&page=1&per_page=10"
        assert ids(as_ana.get("/api/search/people?q=bo")) == [bob.pk]
        assert ids(as_ana.get("/api/search/posts?q=penguins&page=1000000")) == []

    def test_pages_lead_on(self, as_ana, bob):
        for _ in range(3):
            PostFactory(author=bob, body="Penguins")
        run_due_everywhere()
        seen, url = [], "/api/search/posts?q=penguins&per_page=2"
        while url:
            answer = as_ana.get(url).json()
            seen += [item["id"] for item in answer["items"]]
            url = answer["_links"]["next"]
        assert sorted(seen) == sorted(Post.objects.values_list("pk", flat=True))

    @pytest.mark.parametrize("query", ["", "q=", "q=%20"])
    def test_nothing_is_searched_for_nothing(self, as_ana, query):
        assert as_ana.get(f"/api/search/posts?{query}").status_code == 400


class TestReports:
    def test_one_is_made_and_followed(self, as_ana, as_bob, bob):
        post = PostFactory(author=bob)
        rule = as_ana.get("/api/rules").json()["items"][0]["id"]
        data = {"about": "post", "about_id": post.pk, "rule": rule, "comment": "Look"}
        made = send(as_ana, "POST", "/api/reports", data)
        assert (made.status_code, made.json()["state"], made.json()["comment"]) == (201, "open", "Look")
        assert as_ana.get(made["Location"]).json() == made.json()
        assert ids(as_ana.get("/api/reports")) == [made.json()["id"]]
        assert as_bob.get(made["Location"]).status_code == 404

    def test_what_one_cannot_see_cannot_be_reported(self, as_ana, ana, bob):
        post = PostFactory(author=bob)
        block_user(ana, actor=bob)
        data = {"about": "post", "about_id": post.pk, "rule": Rule.objects.in_force()[0].pk}
        assert send(as_ana, "POST", "/api/reports", data).status_code == 404
        suspend_user(bob, actor=ana)
        data = {"about": "person", "about_id": bob.pk, "rule": Rule.objects.in_force()[0].pk}
        assert send(as_ana, "POST", "/api/reports", data).status_code == 404

    def test_oneself_is_refused(self, as_ana, ana):
        data = {"about": "person", "about_id": ana.pk, "rule": Rule.objects.in_force()[0].pk}
        assert send(as_ana, "POST", "/api/reports", data).status_code == 400


def test_muted_people_tell_nothing(as_ana, ana, bob):
    mute_user(bob, actor=ana)
    follow_user(ana, actor=bob)
    run_due_everywhere()
    assert ids(as_ana.get("/api/notifications")) == []


LISTS = ["/api/blocks", "/api/mutes", "/api/conversations", "/api/notifications", "/api/reports",
         "/api/search/posts?q=penguin", "/api/search/posts?q=penguin from:author -from:ana",
         "/api/search/people?q=person"]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_list_costs_three_queries_at_most_whatever_its_length(as_ana, ana, path, django_assert_max_num_queries):
    as_ana.get(path)  # notes the use of the token
    rule = Rule.objects.in_force()[0]
    author = UserFactory(username="author")
    # What the database makes up its mind by is there from the first count on.
    block_user(UserFactory(), actor=ana)
    mute_user(UserFactory(), actor=ana)
    counts = []
    for more in (1, 15):
        for person in UserFactory.create_batch(more):
            send_message(ana, sender=person, body="Hello")
            follow_user(ana, actor=person)
            report(PostFactory(author=author, body="penguin"), actor=ana, rule=rule)
            (block_user if path == "/api/blocks" else mute_user)(UserFactory(), actor=ana)
        run_due_everywhere()
        with django_assert_max_num_queries(4) as queries:  # one of them is the look-up of the token
            response = as_ana.get(f"{path}{'&' if '?' in path else '?'}per_page=100")
        assert len(response.json()["items"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1]
