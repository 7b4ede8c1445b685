"""The contract that clients of the API have relied on from the beginning, row by row."""

import base64
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security.models import ApiToken
from accounts.services import deactivate_user
from accounts.tests.factories import UserFactory
from jobs.models import Job
from relationships.services import block_user, follow_user
from tests.helpers.clients import PASSWORD, basic, bearer, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def john():
    return UserFactory(username="john", email="john@example.com", about_me="I like tea.")


@pytest.fixture
def password(john):
    """Give John one, which costs a hash."""
    User.objects.filter(pk=john.pk).update(password=make_password(PASSWORD))


@pytest.fixture
def as_john(john):
    return Client(headers=bearer(john))


class TestOneUser:
    def test_shows_all_of_a_person_but_their_address(self, as_john, susan, settings):
        settings.SITE_URL = "https://microblog.example"
        response = as_john.get(f"/api/users/{susan.pk}")
        susan.refresh_from_db()
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        assert response.json() == {
            "id": susan.pk,
            "username": "susan",
            "last_seen": susan.last_seen.isoformat().replace("+00:00", "Z"),
            "about_me": "",
            "post_count": 0,
            "follower_count": 0,
            "followed_count": 0,
            "following_count": 0,
            "_links": {
                "self": f"/api/users/{susan.pk}",
                "followers": f"/api/users/{susan.pk}/followers",
                "followed": f"/api/users/{susan.pk}/followed",
                "following": f"/api/users/{susan.pk}/following",
                "posts": f"/api/users/{susan.pk}/posts",
                "avatar": f"https://microblog.example/avatar/{susan.pk}.svg",
            },
        }

    def test_shows_own_email_address(self, as_john, john):
        assert as_john.get(f"/api/users/{john.pk}").json()["email"] == "john@example.com"

    def test_microseconds_of_the_last_visit_are_kept(self, as_john, susan):
        User.objects.filter(pk=susan.pk).update(last_seen="2026-03-01T12:00:00.123456Z")
        assert as_john.get(f"/api/users/{susan.pk}").json()["last_seen"] == "2026-03-01T12:00:00.123456Z"

    def test_avatar_needs_no_sign_in(self, as_john, susan, client):
        own = as_john.get(f"/api/users/{susan.pk}").json()["_links"]["avatar"]
        assert client.get(urlsplit(own).path).status_code == 200

    def test_avatar_is_on_the_host_of_the_request_where_the_site_names_none(self, as_john, susan, settings):
        settings.SITE_URL = ""
        path = f"/api/users/{susan.pk}"
        for host in ("testserver", "other.testserver:8000"):
            settings.ALLOWED_HOSTS = ["*"]
            response = as_john.get(path, headers={"Host": host})
            assert response.json()["_links"]["avatar"] == f"http://{host}/avatar/{susan.pk}.svg"
            again = as_john.get(path, headers={"Host": host, "If-None-Match": response["ETag"]})
            assert again.status_code == 304
        assert as_john.get(path, headers={"If-None-Match": response["ETag"]}).status_code == 200

    def test_gravatar_is_the_avatar_of_who_chose_it(self, as_john, john):
        User.objects.filter(pk=john.pk).update(avatar_source=User.AvatarSource.GRAVATAR)
        assert as_john.get(f"/api/users/{john.pk}").json()["_links"]["avatar"] == (
            "https://www.gravatar.com/avatar/d4c74594d841139328695756648b6bd6?d=identicon&s=128"
        )

    @pytest.mark.parametrize("pk", ["0", "99999999", "9" * 40])
    def test_unknown_user_is_not_found_without_a_message(self, as_john, pk):
        response = as_john.get(f"/api/users/{pk}")
        assert (response.status_code, response["Content-Type"]) == (404, "application/json")
        assert response.json()["error"] == "Not Found"
        assert "message" not in response.json()


class TestCollection:
    def test_envelope(self, as_john, john, susan):
        response = as_john.get("/api/users")
        assert response.status_code == 200
        assert [item["username"] for item in response.json()["items"]] == ["john", "susan"]
        assert response.json()["_meta"] == {"page": 1, "per_page": 10, "total_pages": 1, "total_items": 2}
        assert response.json()["_links"] == {"self": "/api/users?page=1&per_page=10", "next": None, "prev": None}

    def test_email_is_shown_for_own_user_only(self, as_john, john, susan):
        assert ["email" in item for item in as_john.get("/api/users").json()["items"]] == [True, False]

    def test_pages_link_to_each_other(self, as_john):
        UserFactory.create_batch(4)
        answer = as_john.get("/api/users?page=2&per_page=2").json()
        assert answer["_meta"] == {"page": 2, "per_page": 2, "total_pages": 3, "total_items": 5}
        assert answer["_links"] == {
            "self": "/api/users?page=2&per_page=2",
            "next": "/api/users?page=3&per_page=2",
            "prev": "/api/users?page=1&per_page=2",
        }

    def test_every_person_is_on_one_page(self, as_john):
        UserFactory.create_batch(6)
        seen, url = [], "/api/users?per_page=3"
        while url:
            answer = as_john.get(url).json()
            seen += [item["id"] for item in answer["items"]]
            url = answer["_links"]["next"]
        assert seen == list(User.objects.order_by("pk").values_list("pk", flat=True))

    def walk(self, client, url):
        """Return the ids on each page of a list, and the totals that its pages tell."""
        pages, totals = [], set()
        while url:
            answer = client.get(url).json()
            pages.append([item["id"] for item in answer["items"]])
            totals.add((answer["_meta"]["total_items"], answer["_meta"]["total_pages"]))
            url = answer["_links"]["next"]
        return pages, totals

    def test_people_who_joined_after_the_count_are_on_the_last_page_and_in_the_total(self, as_john, john):
        as_john.get("/api/users?per_page=2")
        people = [john, *UserFactory.create_batch(4)]
        pages, totals = self.walk(as_john, "/api/users?per_page=2")
        assert pages == [[people[0].pk, people[1].pk], [people[2].pk, people[3].pk], [people[4].pk]]
        assert totals == {(5, 3)}

    def test_people_who_left_are_in_no_total(self, as_john, django_capture_on_commit_callbacks):
        people = UserFactory.create_batch(4)
        as_john.get("/api/users?per_page=2")
        with django_capture_on_commit_callbacks(execute=True):
            deactivate_user(people[0], actor="test")
        assert self.walk(as_john, "/api/users?per_page=2")[1] == {(4, 2)}

    @pytest.mark.parametrize("path", ["users", "users/{pk}/followers", "users/{pk}/followed", "users/{pk}/following"])
    def test_blocks_lead_to_no_empty_page_and_count_in_no_total(self, john, susan, path):
        people = UserFactory.create_batch(5)
        for person in people:
            follow_user(susan, actor=person)
            follow_user(person, actor=susan)
        block_user(people[0], actor=john)
        block_user(john, actor=people[1])
        seen = {people[2].pk, people[3].pk, people[4].pk} | ({john.pk, susan.pk} if path == "users" else set())
        pages, totals = self.walk(Client(headers=bearer(john)), f"/api/{path.format(pk=susan.pk)}?per_page=1")
        assert sorted(pk for page in pages for pk in page) == sorted(seen)
        assert totals == {(len(seen), len(seen))}

    def test_page_after_the_last_one_is_empty_and_has_the_same_total(self, as_john, john, susan):
        answer = as_john.get("/api/users?per_page=2&page=7").json()
        assert (answer["items"], answer["_meta"]["total_items"], answer["_links"]["next"]) == ([], 2, None)

    def test_page_beyond_the_end_is_empty(self, as_john, john):
        response = as_john.get("/api/users?page=1000")
        assert response.status_code == 200
        assert response.json()["items"] == []
        assert response.json()["_links"]["next"] is None
        assert response.json()["_links"]["prev"] == "/api/users?page=999&per_page=10"

    @pytest.mark.parametrize(
        ("query", "page", "per_page"),
        [
            ("page=x&per_page=y", 1, 10),
            ("page=0&per_page=0", 1, 10),
            ("page=-3&per_page=-3", 1, 10),
            ("per_page=1000", 1, 100),
            (f"page={'9' * 5000}", 1, 10),
        ],
    )
    def test_junk_is_the_default_and_much_is_the_most(self, as_john, query, page, per_page):
        meta = as_john.get(f"/api/users?{query}").json()["_meta"]
        assert (meta["page"], meta["per_page"]) == (page, per_page)

    @pytest.mark.parametrize("name", ["followed", "following"])
    def test_people_followed_are_listed_under_both_names(self, as_john, john, susan, name):
        follow_user(susan, actor=john)
        answer = as_john.get(f"/api/users/{john.pk}/{name}").json()
        assert [item["username"] for item in answer["items"]] == ["susan"]
        assert answer["_links"]["self"] == f"/api/users/{john.pk}/{name}?page=1&per_page=10"
        counts = as_john.get(f"/api/users/{john.pk}").json()
        assert (counts["followed_count"], counts["following_count"]) == (1, 1)

    def test_followers_are_listed(self, as_john, john, susan):
        follow_user(susan, actor=john)
        answer = as_john.get(f"/api/users/{susan.pk}/followers").json()
        assert [item["username"] for item in answer["items"]] == ["john"]
        assert answer["_meta"]["total_items"] == 1

    @pytest.mark.parametrize("name", ["followers", "followed", "following"])
    def test_empty_collection_has_no_pages(self, as_john, susan, name):
        answer = as_john.get(f"/api/users/{susan.pk}/{name}").json()
        assert answer["_meta"] == {"page": 1, "per_page": 10, "total_pages": 0, "total_items": 0}
        assert as_john.get(f"/api/users/0/{name}").status_code == 404


class TestRegistration:
    GOOD = {"username": "mary", "email": "mary@example.com", "password": PASSWORD}

    def test_makes_an_account_without_asking_who_calls(self, client):
        response = write(client, "post", "/api/users", {**self.GOOD, "about_me": "Hello", "unknown": 1})
        mary = User.objects.get(username="mary")
        assert response.status_code == 201
        assert response["Location"] == f"/api/users/{mary.pk}"
        assert response.json()["about_me"] == "Hello"
        assert not {"email", "password"} & set(response.json())
        assert mary.check_password(PASSWORD)
        assert EmailAddress.objects.get(user=mary).verified is False
        assert Job.objects.filter(task="accounts.tasks.send_confirmation").exists()

    def test_new_account_gets_a_token_at_once(self, client, mandatory):
        write(client, "post", "/api/users", self.GOOD)
        token = client.post("/api/tokens", headers=basic("mary")).json()["token"]
        assert client.get("/api/users", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    @pytest.mark.parametrize("missing", ["username", "email", "password"])
    def test_missing_field(self, client, missing):
        data = {name: value for name, value in self.GOOD.items() if name != missing}
        self.assert_refused(
            write(client, "post", "/api/users", data), "must include username, email and password fields"
        )

    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
    def test_missing_body_counts_as_empty(self, client, content_type):
        response = client.post("/api/users", "", content_type=content_type)
        self.assert_refused(response, "must include username, email and password fields")
        response = client.post("/api/users", "a=b", content_type="text/plain")
        self.assert_refused(response, "must include username, email and password fields")

    def test_taken_name_comes_before_taken_address(self, client, john):
        data = {**self.GOOD, "username": "John", "email": john.email}
        self.assert_refused(write(client, "post", "/api/users", data), "please use a different username")
        data["username"] = "other"
        self.assert_refused(write(client, "post", "/api/users", data), "please use a different email address")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("username", "a b"), ("username", ""), ("username", 5), ("username", None), ("username", "x" * 65),
            ("email", "nonsense"), ("email", ["a@example.com"]), ("password", "12345678"), ("password", "short"),
            ("about_me", "x" * 141), ("about_me", "\ud800"), ("username", "\ud800"), ("email", "\ud800@example.com"),
            ("about_me", "a\0b"), ("about_me", "Z" + "\u0316" * 9), ("username", "a" + "\u0301" * 60),
        ],
    )  # fmt: skip
    def test_what_the_site_refuses_is_named(self, client, field, value):
        response = write(client, "post", "/api/users", {**self.GOOD, field: value})
        self.assert_refused(response, "some values are not accepted, see errors")
        assert {error["pointer"] for error in response.json()["errors"]} == {f"#/{field}"}

    def assert_refused(self, response, message):
        assert (response.status_code, response.json()["error"]) == (400, "Bad Request")
        assert response.json()["message"] == message
        assert not User.objects.filter(username__in=["mary", "other"]).exists()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [(None, ""), ("es-MX,es;q=0.9", "es"), ("*", ""), ("tlh, fr", ""), ("tlh, zh-CN;q=0.5", "zh-hans"), ("en", "en")],
)
def test_language_of_a_new_account_is_one_that_the_request_names(client, accepted, language):
    data = {"username": "susan", "email": "susan@example.com", "password": "measures twice"}
    headers = {"Accept-Language": accepted} if accepted else {}
    response = client.post("/api/users", data, "application/json", headers=headers)
    assert response.status_code == 201
    assert User.objects.get(username="susan").language == language


class TestPut:
    def test_changes_what_is_there_and_nothing_else(self, as_john, john):
        response = write(as_john, "put", f"/api/users/{john.pk}", {"about_me": "New"})
        john.refresh_from_db()
        assert response.status_code == 200
        assert (response.json()["about_me"], response.json()["email"]) == ("New", "john@example.com")
        assert (john.username, john.about_me) == ("john", "New")

    def test_password_and_unknown_keys_are_ignored(self, as_john, john, password):
        data = {"password": "another one", "post_count": 5, "is_staff": True, "id": 1}
        assert write(as_john, "put", f"/api/users/{john.pk}", data).status_code == 200
        john.refresh_from_db()
        assert john.check_password(PASSWORD)
        assert (john.post_count, john.is_staff) == (0, False)

    def test_unchanged_username_and_email_are_accepted(self, as_john, john):
        data = {"username": "john", "email": "john@example.com"}
        assert write(as_john, "put", f"/api/users/{john.pk}", data).status_code == 200

    def test_former_name_can_be_had_again_by_its_owner_alone(self, as_john, john, susan):
        assert write(as_john, "put", f"/api/users/{john.pk}", {"username": "johnny"}).json()["username"] == "johnny"
        as_susan = Client(headers=bearer(susan))
        response = write(as_susan, "put", f"/api/users/{susan.pk}", {"username": "john"})
        assert response.json()["message"] == "please use a different username"
        assert write(as_john, "put", f"/api/users/{john.pk}", {"username": "john"}).json()["username"] == "john"

    def test_taken_name_and_address(self, as_john, john, password, susan):
        url = f"/api/users/{john.pk}"
        response = write(as_john, "put", url, {"username": "SUSAN", "email": susan.email})
        assert (response.status_code, response.json()["message"]) == (400, "please use a different username")
        response = write(as_john, "put", url, {"email": susan.email, "current_password": PASSWORD})
        assert (response.status_code, response.json()["message"]) == (400, "please use a different email address")

    def test_new_address_counts_once_it_is_confirmed(self, as_john, john, password, mandatory):
        EmailAddress.objects.create(user=john, email=john.email, primary=True, verified=True)
        Job.objects.all().delete()
        data = {"email": "new@example.com", "current_password": PASSWORD}
        response = write(as_john, "put", f"/api/users/{john.pk}", data)
        assert response.json()["email"] == "john@example.com"
        assert set(EmailAddress.objects.filter(user=john).values_list("email", flat=True)) == {
            "john@example.com",
            "new@example.com",
        }
        tasks = list(Job.objects.order_by("pk").values_list("task", flat=True))
        assert tasks == ["accounts.tasks.send_notice", "accounts.tasks.send_confirmation"]

    def test_others_cannot_be_changed(self, as_john, susan):
        response = write(as_john, "put", f"/api/users/{susan.pk}", {"about_me": "x"})
        assert (response.status_code, response.json()["error"]) == (403, "Forbidden")
        assert write(as_john, "put", "/api/users/0", {}).status_code == 404

    @pytest.mark.parametrize(
        "about_me", ["two\r\nlines", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 30]
    )
    def test_what_was_read_can_be_written_back(self, as_john, john, about_me):
        path = f"/api/users/{john.pk}"
        assert write(as_john, "put", path, {"about_me": about_me}).status_code == 200
        read = as_john.get(path).json()
        assert read["about_me"] == about_me.replace("\r\n", "\n")
        response = write(as_john, "put", path, read)
        assert (response.status_code, response.json()["about_me"]) == (200, read["about_me"])

    @pytest.mark.parametrize("content", ["", "about_me=x"])
    def test_missing_body_changes_nothing(self, as_john, john, content):
        response = as_john.put(f"/api/users/{john.pk}", content, content_type="text/plain")
        assert (response.status_code, response.json()["about_me"]) == (200, "I like tea.")


class TestTokens:
    @pytest.mark.parametrize("login", ["john", "JOHN", "john@example.com"])
    def test_password_gets_a_token(self, client, password, login):
        response = client.post("/api/tokens", headers=basic(login))
        assert response.status_code == 200
        assert set(response.json()) == {"token"}
        assert response["Cache-Control"] == "no-store"
        assert (
            client.get("/api/users", headers={"Authorization": f"Bearer {response.json()['token']}"}).status_code
            == 200
        )

    def test_lasts_an_hour(self, client, password):
        client.post("/api/tokens", headers=basic("john"))
        lifetime = ApiToken.objects.get().expires_at - timezone.now()
        assert timedelta(minutes=59) < lifetime < timedelta(minutes=61)

    def test_each_is_another_and_none_is_stored_in_clear(self, client, password):
        secrets = [client.post("/api/tokens", headers=basic("john")).json()["token"] for _ in range(2)]
        assert secrets[0] != secrets[1]
        assert all(re.fullmatch(r"mb_[\w-]{32}", secret) for secret in secrets)
        stored = str(list(ApiToken.objects.values()))
        assert not any(secret in stored or secret[3:] in stored for secret in secrets)

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            basic("john", "wrong"),
            basic("unknown"),
            {"Authorization": "Basic"},
            {"Authorization": "Basic !!!"},
            {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
            {"Authorization": "Bearer mb_x"},
        ],
    )
    def test_anything_else_is_refused_with_the_realm(self, client, password, headers):
        response = client.post("/api/tokens", headers=headers)
        assert (response.status_code, response.json()["error"]) == (401, "Unauthorized")
        assert "message" not in response.json()
        assert response["WWW-Authenticate"] == 'Basic realm="Authentication Required"'

    def test_revoked_token_ends_at_once(self, as_john):
        response = as_john.delete("/api/tokens")
        assert (response.status_code, response.content) == (204, b"")
        assert as_john.get("/api/users").status_code == 401
        assert as_john.delete("/api/tokens").status_code == 401

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Bearer \ud800", "Token x", "Basic am9objp4"])
    def test_all_else_needs_a_token(self, client, john, header):
        headers = {} if header is None else {"Authorization": header}
        for path in ("/api/users", f"/api/users/{john.pk}", f"/api/users/{john.pk}/followers"):
            response = client.get(path, headers=headers)
            assert (response.status_code, response.json()["error"]) == (401, "Unauthorized")
            assert response["WWW-Authenticate"].startswith("Bearer")
            assert "message" not in response.json()

    def test_password_is_good_for_a_token_alone(self, client, password):
        assert client.get("/api/users", headers=basic("john")).status_code == 401

    def test_expired_token(self, as_john):
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert as_john.get("/api/users").status_code == 401

    def test_session_does_not_authenticate_api_requests(self, client, john):
        client.force_login(john)
        response = client.get("/api/users")
        assert response.status_code == 401
        assert "Cookie" not in response["Vary"]
        assert not response.cookies


class TestAnyAddress:
    @pytest.mark.parametrize("accept", ["text/html", "*/*", "application/xml"])
    def test_api_speaks_json_to_everybody(self, client, accept):
        for path, error in (("/api/nosuch", "Not Found"), ("/api/users", "Unauthorized"), ("/api/", "Not Found")):
            response = client.get(path, headers={"Accept": accept})
            assert response.json()["error"] == error, path

    def test_wrong_method_names_the_right_ones(self, as_john):
        response = as_john.patch("/api/users")
        assert (response.status_code, response.json()["error"]) == (405, "Method Not Allowed")
        assert response["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_no_trailing_slash(self, as_john):
        assert as_john.get("/api/users/").status_code == 404


class TestUnknownUrls:
    @pytest.mark.parametrize("path", ["/api/tokens/", "/api/users/", "/api/nothing", "/api/tokens/x", "/api/users/1/"])
    def test_are_not_found_whatever_is_shown(self, john, password, path):
        for headers in (
            {},
            basic("john"),
            basic("john", "wrong"),
            bearer(john, is_read_only=True),
            {"Authorization": "Bearer x"},
        ):
            for method in ("get", "post", "put", "delete"):
                response = getattr(Client(headers=headers), method)(path)
                assert (response.status_code, response.json()["error"]) == (404, "Not Found"), method

    def test_line_break_in_a_url_gets_problem_details_too(self, client):
        response = client.get("/api/reports/1%0A2")
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
