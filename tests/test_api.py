"""Behaviour that every URL of the API shares."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client

from api import throttling
from posts.models import Post
from posts.tests.factories import PostFactory
from tests.helpers.clients import bearer, send

pytestmark = pytest.mark.django_db


class TestErrors:
    def test_errors_are_problem_details_with_members_for_older_clients(self, as_ana):
        response = send(as_ana, "POST", "/api/posts", {"body": ""})
        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        (error,) = response.json().pop("errors")
        assert (error["pointer"], error["code"]) == ("#/body", "blank")
        expected = {
            "type": "/api/docs#error-400",
            "title": "Bad Request",
            "status": 400,
            "detail": "some values are not accepted, see errors",
            "instance": "/api/posts",
            "request_id": response["X-Request-ID"],
            "error": "Bad Request",
            "message": "some values are not accepted, see errors",
        }
        assert {name: response.json()[name] for name in expected} == expected

    def test_only_details_of_fields_are_in_the_requested_language(self, as_ana):
        body = send(as_ana, "POST", "/api/posts", {"body": ""}, Accept_Language="es").json()
        assert body["message"] == "some values are not accepted, see errors"
        assert body["errors"][0]["detail"] == "Este campo no puede estar en blanco."

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ("{", "the body is not valid JSON"),
            ("[]", "the body must be a JSON object"),
            ('"text"', "the body must be a JSON object"),
            ("null", "the body must be a JSON object"),
            ('{"body": NaN}', "the body is not valid JSON: NaN is not a JSON value"),
            (b'{"body": "\xff"}', "the body is not valid UTF-8"),
            ("[" * 100_000, "the JSON of the body is nested too deeply"),
            ('{"body": ' + "9" * 5000 + "}", "the body is not valid JSON"),
            (f'{{"body": "{"x" * 300_000}"}}', "the body is larger than 262144 bytes"),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_broken_bodies_are_named(self, as_ana, ana, body, fault):
        for method, path in [("POST", "/api/posts"), ("PUT", f"/api/users/{ana.pk}"), ("POST", "/api/users")]:
            response = send(as_ana, method, path, body)
            assert response.status_code == (413 if "is larger" in fault else 400)
            assert response.json()["message"].startswith(fault)
        assert not Post.objects.exists()

    @pytest.mark.parametrize(
        "value", ["1e400", "-1e400", "5", "true", "null", "[]", "{}", '["x"]', '"\\ud800"', '"a\\u0000b"']
    )
    def test_wrong_values_are_named(self, as_ana, value):
        response = send(as_ana, "POST", "/api/posts", f'{{"body": {value}}}')
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/body"
        assert not Post.objects.exists()

    def test_large_body_is_refused_unread(self, as_ana):
        assert send(as_ana, "POST", "/api/posts", "x" * 5_000_000).status_code == 413

    def test_wrong_content_type(self, as_ana):
        response = as_ana.post("/api/posts", {"body": "Hello"})
        assert response.status_code == 415
        assert "multipart/form-data" in response.json()["message"]

    @pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND", "count", "DISPATCH"])
    def test_unknown_method(self, as_ana, method):
        response = as_ana.generic(method, "/api/posts")
        assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")

    @pytest.mark.parametrize(
        "query",
        [
            *(
                "limit=0",
                "limit=101",
                "limit=x",
                "limit=²",
                "before=-1",
                "before=1.5",
                "after=1&before=1",
                "after=%00",
            ),
            f"before={'9' * 30}",
        ],
    )
    def test_wrong_parameters_are_named(self, as_ana, query):
        response = as_ana.get(f"/api/timelines/public?{query}")
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == f"#/{query.partition('=')[0]}"


class TestLimits:
    def test_each_response_shows_what_is_left(self, as_ana):
        for path, remaining in (("/api/users", 299), ("/api/nosuch", 298), ("/api/posts/0", 297)):
            response = as_ana.get(path)
            assert (response["X-RateLimit-Limit"], response["X-RateLimit-Remaining"]) == ("300", str(remaining))
            assert 0 < int(response["X-RateLimit-Reset"]) <= 300
            assert response["RateLimit-Policy"] == '"token";q=300;w=300'
            assert response["RateLimit"].startswith(f'"token";r={remaining};t=')

    def test_too_many_requests_get_retry_after(self, as_ana, settings):
        settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "token": "2/5m"}
        assert [as_ana.get("/api/users").status_code for _ in range(3)] == [200, 200, 429]
        response = as_ana.get("/api/users")
        assert 0 < int(response["Retry-After"]) <= 300
        assert response.json()["message"].startswith("too many requests, try again in")

    def test_all_tokens_of_an_account_count_together(self, ana, as_ana, settings):
        settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "account": "3/5m"}
        other = Client(headers=bearer(ana))
        assert [client.get("/api/users").status_code for client in (as_ana, other) * 2] == [200, 200, 200, 429]

    def test_wrong_tokens_count_for_their_ip_address(self, settings):
        settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "address": "2/5m"}
        client = Client(headers={"Authorization": "Bearer guessed"})
        assert [client.get("/api/users").status_code for _ in range(3)] == [401, 401, 429]
        assert Client(REMOTE_ADDR="10.0.0.7").get("/api/users").status_code == 401

    def test_sign_ups_and_deletions_have_separate_limits(self, client, as_ana, ana, settings):
        settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "signup": "1/30m", "delete": "1/30m"}
        assert [send(client, "POST", "/api/users").status_code for _ in range(2)] == [400, 429]
        posts = [PostFactory(author=ana).pk for _ in range(2)]
        assert [as_ana.delete(f"/api/posts/{pk}").status_code for pk in posts] == [204, 429]

    @pytest.mark.redis
    def test_concurrent_requests_are_all_counted(self, redis_url, settings):
        settings.CACHES = {"default": {"BACKEND": "microblog.core.cache.RedisCache", "LOCATION": redis_url}}
        with ThreadPoolExecutor(8) as pool:
            used = [usage.used for usage in pool.map(lambda _: throttling.count("token", "race"), range(40))]
        assert sorted(used) == list(range(1, 41))


class TestConditions:
    def test_unchanged_representation_is_not_sent_again(self, as_ana, ana):
        path = f"/api/posts/{PostFactory(author=ana).pk}"
        etag = as_ana.get(path)["ETag"]
        again = as_ana.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert as_ana.get(path, headers={"If-None-Match": '"other"'}).status_code == 200

    def test_write_to_a_changed_post_is_refused(self, as_ana, ana):
        path = f"/api/posts/{PostFactory(author=ana, body='First').pk}"
        etag = as_ana.get(path)["ETag"]
        changed = send(as_ana, "PUT", path, {"body": "Second"}, If_Match=etag)
        assert changed.status_code == 200
        assert changed["ETag"] == as_ana.get(path)["ETag"] != etag
        for method in ("PUT", "DELETE"):
            assert send(as_ana, method, path, {"body": "Third"}, If_Match=etag).status_code == 412
        assert Post.objects.get().body == "Second"
        assert send(as_ana, "DELETE", path, If_Match=changed["ETag"]).status_code == 204

    def test_write_to_a_changed_account_is_refused(self, as_ana, ana):
        path = f"/api/users/{ana.pk}"
        etag = as_ana.get(path)["ETag"]
        assert send(as_ana, "PUT", path, {"about_me": "One"}, If_Match=etag).status_code == 200
        assert send(as_ana, "PUT", path, {"about_me": "Two"}, If_Match=etag).status_code == 412


class TestCors:
    ORIGIN = {"Origin": "https://app.example.org"}

    def test_cors_is_off_by_default(self, as_ana):
        assert "Access-Control-Allow-Origin" not in as_ana.get("/api/users", headers=self.ORIGIN)

    def test_listed_origins_may_call_without_cookies(self, as_ana, settings):
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
        settings.MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *settings.MIDDLEWARE]
        client = Client(headers={"Authorization": as_ana.defaults["HTTP_AUTHORIZATION"]})
        response = client.get("/api/users", headers=self.ORIGIN)
        assert response["Access-Control-Allow-Origin"] == "https://app.example.org"
        assert "Link" in response["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in response
        asked = {**self.ORIGIN, "Access-Control-Request-Method": "PUT"}
        preflight = client.options("/api/users/1", headers=asked)
        assert (preflight.status_code, "PUT" in preflight["Access-Control-Allow-Methods"]) == (200, True)
        assert "idempotency-key" in preflight["Access-Control-Allow-Headers"]
        other = client.get("/api/users", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other
        assert "Access-Control-Allow-Origin" not in client.get("/about", headers=self.ORIGIN)


class TestHeadAndOptions:
    def test_head_is_get_without_the_body(self, as_ana, ana):
        for path in ("/api/users", f"/api/users/{ana.pk}", "/api/timelines/home", "/api/instance"):
            head, get = as_ana.head(path), as_ana.get(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head["Content-Length"] == get["Content-Length"]

    def test_options_needs_no_token(self, client):
        response = client.options("/api/posts/1")
        assert (response.status_code, response["Allow"]) == (204, "GET, PUT, DELETE, HEAD, OPTIONS")


def test_instance_lists_the_limits_without_a_token(client):
    answer = client.get("/api/instance").json()
    assert answer["limits"]["post_characters"] == 140
    assert answer["rate_limits"]["signup"] == {"requests": 5, "seconds": 1800}
    assert {"code": "ar", "name": "العربية"} in answer["languages"]
    for path in answer["_links"].values():
        assert client.get(path).status_code == 200
