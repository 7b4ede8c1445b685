"""A repeated request takes effect once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from api.idempotency import KEEP_FOR, delete_old_requests
from api.models import IdempotentRequest
from posts.models import Post
from tests.helpers.clients import bearer, send

pytestmark = pytest.mark.django_db


class TestIdempotency:
    def test_same_key_replays_the_response_and_marks_it(self, as_ana):
        first, second = (send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1") for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert first["Location"] == second["Location"]
        assert "Idempotent-Replayed" not in first
        assert second["Idempotent-Replayed"] == "true"
        assert Post.objects.count() == 1

    def test_another_body_with_the_same_key_is_refused(self, as_ana):
        send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
        response = send(as_ana, "POST", "/api/posts", {"body": "Twice"}, Idempotency_Key="k1")
        assert (response.status_code, response.json()["error"]) == (422, "Unprocessable Entity")
        assert Post.objects.count() == 1

    def test_key_of_a_running_request_is_refused(self, as_ana):
        send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
        IdempotentRequest.objects.update(status=None)
        response = send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
        assert (response.status_code, response["Retry-After"]) == (409, "1")

    def test_interrupted_request_is_carried_out(self, as_ana):
        send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
        Post.objects.all().delete()
        IdempotentRequest.objects.update(status=None, created_at=timezone.now() - timedelta(minutes=3))
        assert send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1").status_code == 201
        assert Post.objects.count() == 1

    def test_keys_are_separate_for_each_user_and_url(self, as_ana, ana):
        bob = Client(headers=bearer(UserFactory()))
        for client in (as_ana, bob):
            response = send(client, "POST", "/api/posts", {"body": "Mine"}, Idempotency_Key="k1")
            assert "Idempotent-Replayed" not in response
        assert Post.objects.count() == 2

    def test_refusal_is_replayed_too(self, as_ana):
        answers = [send(as_ana, "POST", "/api/posts", {"body": ""}, Idempotency_Key="k1") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[1]["Idempotent-Replayed"] == "true"
        assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}

    def test_anonymous_callers_may_use_a_key(self, client):
        data = {"username": "mary", "email": "mary@example.com", "password": "measures twice"}
        answers = [send(client, "POST", "/api/users", data, Idempotency_Key="k1") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert User.objects.filter(username="mary").count() == 1

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
    def test_malformed_key_is_refused(self, as_ana, key):
        response = send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key=key)
        assert response.status_code == 400
        assert not Post.objects.exists()

    def test_replayed_responses_expire_after_a_day(self, as_ana):
        send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
        IdempotentRequest.objects.update(created_at=timezone.now() - KEEP_FOR)
        again = send(as_ana, "POST", "/api/posts", {"body": "Again"}, Idempotency_Key="k1")
        assert (again.status_code, Post.objects.count()) == (201, 2)
        IdempotentRequest.objects.update(created_at=timezone.now() - KEEP_FOR)
        delete_old_requests()
        assert not IdempotentRequest.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_fifty_concurrent_requests_write_one_post(self, ana):
        headers = bearer(ana)

        def attempt(_number):
            try:
                return send(Client(headers=headers), "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
            finally:
                connection.close()

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(attempt, range(50)))
        written = [answer for answer in answers if answer.status_code == 201]
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.content for answer in written}) == 1
        assert sum("Idempotent-Replayed" not in answer for answer in written) == 1
        assert Post.objects.count() == 1
