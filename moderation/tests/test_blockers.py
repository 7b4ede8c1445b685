"""Users can act against someone who mentions or writes to them and then blocks them."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.conversations.services import send_message
from moderation.models import Report
from moderation.tests.factories import a_rule, make_moderator
from posts.services import delete_post, edit_post, hide_post
from posts.tests.factories import PostFactory
from relationships.models import Block, Mute
from relationships.services import block_user
from tests.helpers.clients import bearer

pytestmark = pytest.mark.django_db

PROFILE = "Trains, mostly."


@pytest.fixture
def blocker(bob):
    bob.about_me, bob.avatar_source = PROFILE, User.AvatarSource.GRAVATAR
    bob.save(update_fields=["about_me", "avatar_source"])
    return bob


@pytest.fixture
def mention(ana, blocker):
    return PostFactory(author=blocker, body="Beware of @ana")


@pytest.fixture
def message(ana, blocker):
    return send_message(ana, sender=blocker, body="I know where you live.")


@pytest.fixture
def other_post(blocker):
    return PostFactory(author=blocker, body="Not about her.")


@pytest.fixture
def blocked(ana, blocker, mention, message, other_post):
    """Let bob block ana after she received everything."""
    run_due_everywhere()
    block_user(ana, actor=blocker)


@pytest.fixture
def program(ana, blocked):
    return Client(headers=bearer(User.objects.get(pk=ana.pk)))


def page_of(client, path, status=200):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == status, path
    page = response.content.decode()
    assert PROFILE not in page and "Not about her." not in page and "gravatar" not in page, path
    return page


@pytest.mark.usefixtures("blocked")
class TestPages:
    @pytest.mark.parametrize("path", ["/report/post/{mention}", "/report/message/{message}", "/report/user/bob"])
    def test_mentions_messages_and_their_author_can_be_reported(self, ana_client, mention, message, path):
        path = path.format(mention=mention.pk, message=message.pk)
        assert "bob" in page_of(ana_client, path)
        response = ana_client.post(path, {"rule": a_rule().pk, "comment": "Look."})
        assert response.status_code == 302
        page_of(ana_client, response["Location"])
        assert Report.objects.get().case.person.username == "bob"

    def test_report_of_a_blocker_keeps_only_the_name(self, ana_client):
        ana_client.post("/report/user/bob", {"rule": a_rule().pk})
        evidence = Report.objects.get().evidence
        assert (evidence["username"], evidence["text"]) == ("bob", "")

    def test_blocker_is_blocked_and_unblocked(self, ana_client, ana):
        page_of(ana_client, "/block/bob")
        ana_client.post("/block/bob")
        assert ana.blocks_made.get().blocked.username == "bob"
        assert 'action="/unblock/bob"' in ana_client.get("/settings/blocked").content.decode()
        ana_client.post("/unblock/bob")
        assert not ana.blocks_made.exists()
        assert Block.objects.exists()

    def test_blocker_is_muted_and_unmuted(self, ana_client):
        response = ana_client.post("/mute/bob")
        assert response["Location"] == "/settings/muted"
        page = page_of(ana_client, "/settings/muted")
        assert 'action="/unmute/bob"' in page and 'href="/user/bob"' not in page
        assert ana_client.post("/unmute/bob")["Location"] == "/settings/muted"
        assert not Mute.objects.exists()

    def test_mention_links_to_the_post_and_actions_on_its_author(self, ana_client, mention):
        page = page_of(ana_client, "/notifications")
        assert "<bdi>bob</bdi></strong> mentioned you" in page
        notification = ana_client.get("/notifications", headers={"Accept": "text/html"}).context["page"].items[0]
        response = ana_client.get(f"/notifications/{notification.pk}")
        page = page_of(ana_client, response["Location"])
        assert "Beware of" in page
        for action in (f"/report/post/{mention.pk}", "/report/user/bob", "/block/bob", "/mute/bob"):
            assert f'"{action}"' in page
        assert 'href="/user/bob"' not in page

    def test_conversation_stays_with_actions_on_its_author(self, ana_client, message):
        assert "I know where you live." in page_of(ana_client, "/messages")
        page = page_of(ana_client, "/messages/bob")
        assert "I know where you live." in page and "so you cannot write to them" in page
        for action in (f"/report/message/{message.pk}", "/report/user/bob", "/block/bob", "/mute/bob"):
            assert f'"{action}"' in page
        assert 'href="/user/bob"' not in page and "Last seen" not in page and "<textarea" not in page

    def test_profile_and_posts_to_others_stay_hidden(self, ana_client, other_post):
        for path in ("/user/bob", "/user/bob/popup", f"/post/{other_post.pk}", f"/report/post/{other_post.pk}"):
            page_of(ana_client, path, status=404)

    def test_blocking_back_hides_the_rest(self, ana_client, blocker, mention, ana):
        block_user(blocker, actor=ana)
        assert "bob" not in page_of(ana_client, "/notifications")
        assert "I know where" not in page_of(ana_client, "/messages")
        page_of(ana_client, "/messages/bob", status=404)
        # Reporting still works.
        page_of(ana_client, f"/report/post/{mention.pk}")
        page_of(ana_client, "/report/user/bob")

    def test_post_that_no_longer_mentions_the_user_is_hidden(self, ana_client, mention):
        path = f"/report/post/{mention.pk}"
        edit_post(mention, body="Beware of dogs")
        page_of(ana_client, path, status=404)
        edit_post(mention, body="Beware of @ana")
        page_of(ana_client, path)
        hide_post(mention, actor=make_moderator(), reason="Rule 1.")
        page_of(ana_client, path, status=404)
        delete_post(mention)
        page_of(ana_client, path, status=404)

    @pytest.mark.parametrize("reader", ["stranger", "bob"])
    def test_other_users_see_nothing_more(self, client, blocker, mention, message, reader):
        stranger = UserFactory(username="stranger")
        block_user(stranger, actor=blocker)
        client.force_login(User.objects.get(username=reader))
        assert client.get(f"/report/message/{message.pk}").status_code == 404
        if reader == "stranger":
            page_of(client, f"/report/post/{mention.pk}", status=404)
            page_of(client, f"/post/{mention.pk}", status=404)


class TestAPI:
    @pytest.mark.parametrize("about", ["post", "message", "person"])
    def test_mentions_messages_and_their_author_can_be_reported(self, program, mention, message, blocker, about):
        ids = {"post": mention.pk, "message": message.pk, "person": blocker.pk}
        data = {"about": about, "about_id": ids[about], "rule": a_rule().pk}
        response = program.post("/api/reports", data, content_type="application/json")
        assert (response.status_code, response.json()["about_id"]) == (201, ids[about])

    @pytest.mark.parametrize("what", ["block", "mute"])
    def test_blocker_is_blocked_or_muted_listed_and_released(self, program, blocker, what):
        path = f"/api/users/{blocker.pk}/{what}"
        assert program.put(path).status_code == 204
        assert [item["username"] for item in program.get(f"/api/{what}s").json()["items"]] == ["bob"]
        assert program.delete(path).status_code == 204
        assert program.get(f"/api/{what}s").json()["items"] == []

    def test_post_conversation_and_notification_show_only_the_name(self, program, blocker, mention):
        program.put(f"/api/users/{blocker.pk}/mute")
        people = [
            program.get(f"/api/posts/{mention.pk}").json()["author"],
            program.get("/api/conversations").json()["items"][0]["person"],
            program.get("/api/mutes").json()["items"][0],
        ]
        program.delete(f"/api/users/{blocker.pk}/mute")
        people.append(program.get("/api/notifications").json()["items"][0]["actor"])
        for person in people:
            assert (person["id"], person["username"]) == (blocker.pk, "bob")
            assert person["_links"]["avatar"].endswith(f"/avatar/{blocker.pk}.svg")

    def test_profile_and_posts_to_others_stay_hidden(self, program, blocker, other_post):
        for path in (f"users/{blocker.pk}", f"users/{blocker.pk}/posts", f"posts/{other_post.pk}"):
            assert program.get(f"/api/{path}").status_code == 404
        data = {"about": "post", "about_id": other_post.pk, "rule": a_rule().pk}
        assert program.post("/api/reports", data, content_type="application/json").status_code == 404
        for method, path in (("put", "follow"), ("post", "messages")):
            response = getattr(program, method)(
                f"/api/users/{blocker.pk}/{path}", {"body": "x"}, content_type="application/json"
            )
            assert response.status_code == 404
