"""Writes of an account have rate limits for pages and the API together, and no text is lost."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.services import publish_post
from relationships.models import Follow
from tests.helpers.clients import bearer, said, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_of_each(settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS} | dict.fromkeys(
        ("publish_post", "follow", "edit"), "2/10m/user"
    )


@pytest.fixture
def spammer():
    return UserFactory(username="spammer")


@pytest.fixture
def spammer_client(client, spammer):
    client.force_login(spammer)
    return client


@pytest.fixture
def api(spammer):
    return Client(headers=bearer(spammer))


class TestPosts:
    def test_pages_and_api_count_together(self, spammer_client, api):
        assert spammer_client.post("/", {"body": "one"}).status_code == 302
        assert write(api, "post", "/api/posts", {"body": "two"}).status_code == 201
        response = write(api, "post", "/api/posts", {"body": "three"})
        assert (response.status_code, response["Retry-After"]) == (429, "300")
        page = spammer_client.post("/", {"body": "three"})
        assert page.context["form"].errors == {
            "body": ["You have written many posts. Please try again in a few minutes."]
        }
        assert ">three</textarea>" in page.content.decode().replace("\r", "").replace("\n", "")
        assert Post.objects.count() == 2

    def test_other_users_are_not_limited(self, spammer_client):
        for body in ("one", "two", "three"):
            spammer_client.post("/", {"body": body})
        other = Client()
        other.force_login(UserFactory())
        assert other.post("/", {"body": "mine"}).status_code == 302


class TestFollows:
    def test_pages_and_api_count_together(self, spammer_client, api):
        people = UserFactory.create_batch(3)
        spammer_client.post(f"/follow/{people[0].username}")
        assert api.put(f"/api/users/{people[1].pk}/follow").status_code == 204
        assert api.put(f"/api/users/{people[2].pk}/follow").status_code == 429
        response = spammer_client.post(f"/follow/{people[2].username}")
        assert response["Location"] == people[2].get_absolute_url()
        assert said(response)[-1] == "You have followed or unfollowed many people. Please try again in a few minutes."
        assert Follow.objects.count() == 2

    def test_follow_in_place_is_limited_too(self, spammer_client):
        people = UserFactory.create_batch(3)
        for person in people:
            response = spammer_client.post(f"/follow/{person.username}", headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == people[2].get_absolute_url()
        assert Follow.objects.count() == 2

    def test_follows_and_unfollows_count_together(self, spammer_client, api):
        person = UserFactory()
        spammer_client.post(f"/follow/{person.username}")
        spammer_client.post(f"/unfollow/{person.username}")
        spammer_client.post(f"/follow/{person.username}")
        assert api.delete(f"/api/users/{person.pk}/follow").status_code == 429
        assert not Follow.objects.exists()


class TestEdits:
    @pytest.fixture
    def post(self, spammer):
        return publish_post(spammer, body="first")

    def test_edits_of_posts_count_together(self, spammer_client, api, post):
        assert spammer_client.post(f"/post/{post.pk}/edit", {"body": "second"}).status_code == 302
        assert write(api, "put", f"/api/posts/{post.pk}", {"body": "third"}).status_code == 200
        assert write(api, "put", f"/api/posts/{post.pk}", {"body": "fourth"}).status_code == 429
        page = spammer_client.post(f"/post/{post.pk}/edit", {"body": "fourth"})
        assert page.context["form"].errors == {
            "body": ["You have made many changes. Please try again in a few minutes."]
        }
        assert "fourth</textarea>" in page.content.decode()
        post.refresh_from_db()
        assert post.body == "third"

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("/edit_profile", {"username": "spammer", "about_me": "Hello", "avatar_source": "generated"}),
            ("/settings/preferences", {"theme": "dark"}),
            ("/settings/notifications", {"kinds": ["liked"]}),
        ],
    )
    def test_edits_of_the_account_count_together(self, spammer_client, api, spammer, path, data):
        write(api, "put", "/api/account", {"about_me": "one"})
        assert write(api, "put", f"/api/users/{spammer.pk}", {"about_me": "two"}).status_code == 200
        assert write(api, "put", "/api/account", {"about_me": "three"}).status_code == 429
        assert write(api, "put", f"/api/users/{spammer.pk}", {"about_me": "three"}).status_code == 429
        page = spammer_client.post(path, data)
        assert page.context["form"].non_field_errors() == [
            "You have made many changes. Please try again in a few minutes."
        ]
        saved = User.objects.get(pk=spammer.pk)
        assert (saved.about_me, saved.theme) == ("two", "auto")
        assert not saved.silenced_kinds.exists()

    def test_edits_of_languages_count_too(self, spammer_client, post):
        for language in ("es", "de", "fr"):
            page = spammer_client.post(f"/post/{post.pk}/language", {"language": language})
        assert page.status_code == 200
        post.refresh_from_db()
        assert post.language == "de"
