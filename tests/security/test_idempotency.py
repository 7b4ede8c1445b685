"""Stored data of idempotent requests reveals nothing."""

import json
from hashlib import sha256

import pytest

from accounts.models import User
from api.models import IdempotentRequest
from messaging.conversations.services import delete_conversation
from posts.models import Post
from posts.services import delete_post
from tests.helpers.clients import send

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "mary", "email": "mary@example.com", "password": "measures twice"}


def kept():
    (row,) = IdempotentRequest.objects.values()
    return str(row)


def test_hash_of_a_body_cannot_be_guessed_without_the_secret_key(as_ana, settings):
    body = {"body": "between us"}
    send(as_ana, "POST", "/api/posts", body, Idempotency_Key="k1")
    first = IdempotentRequest.objects.get().fingerprint
    assert first != sha256(json.dumps(body).encode()).hexdigest()
    IdempotentRequest.objects.all().delete()
    settings.SECRET_KEY = "another secret key of more than fifty characters, ok"
    send(as_ana, "POST", "/api/posts", body, Idempotency_Key="k1")
    assert IdempotentRequest.objects.get().fingerprint != first


def test_password_of_a_sign_up_is_in_no_hash(client):
    send(client, "POST", "/api/users", SIGN_UP, Idempotency_Key="k1")
    again = send(client, "POST", "/api/users", SIGN_UP | {"password": "another one"}, Idempotency_Key="k1")
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    other = send(client, "POST", "/api/users", SIGN_UP | {"username": "marta"}, Idempotency_Key="k1")
    assert other.status_code == 422
    assert User.objects.filter(username="mary").count() == 1
    assert "mary" not in kept()


def test_message_is_not_copied_and_is_gone_once_deleted(as_ana, ana, bob):
    path = f"/api/users/{bob.pk}/messages"
    first, again = (send(as_ana, "POST", path, {"body": "between us"}, Idempotency_Key="k1") for _ in range(2))
    assert first.content == again.content
    assert "between us" not in kept()
    side = ana.participations.get(other=bob)
    delete_conversation(side, upto=side.last_message_id)
    again = send(as_ana, "POST", path, {"body": "between us"}, Idempotency_Key="k1")
    assert again.status_code == 404
    assert "between us" not in again.content.decode()
    assert bob.participations.get().unread_count == 1


def test_post_is_not_copied_and_is_replayed_as_it_is_now(as_ana):
    first, again = (send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1") for _ in range(2))
    assert first.content == again.content
    assert "Once" not in kept()
    delete_post(Post.objects.get())
    again = send(as_ana, "POST", "/api/posts", {"body": "Once"}, Idempotency_Key="k1")
    assert again.status_code == 404
    assert not Post.objects.exists()


@pytest.mark.parametrize("path", ["/api/exports", "/api/reports"])
def test_other_created_objects_are_read_again(as_ana, bob, path):
    data = {"about": "person", "about_id": bob.pk, "rule": 1, "comment": "quite private"}
    if path == "/api/reports":
        data["rule"] = as_ana.get("/api/rules").json()["items"][0]["id"]
    first, again = (send(as_ana, "POST", path, data, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code < 300
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again["Location"] == first["Location"]
    assert "quite private" not in kept()
