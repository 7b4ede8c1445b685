"""Follows, blocks, mutes and the account in the API."""

import pytest

from accounts.models import User
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestFollowsBlocksAndMutes:
    def test_follow_and_unfollow_can_be_repeated(self, as_ana, ana, bob):
        path = f"/api/users/{bob.pk}/follow"
        assert [as_ana.put(path).status_code for _ in range(2)] == [204, 204]
        assert item_ids(as_ana.get(f"/api/users/{ana.pk}/following")) == [bob.pk]
        assert [as_ana.delete(path).status_code for _ in range(2)] == [204, 204]
        assert item_ids(as_ana.get(f"/api/users/{ana.pk}/following")) == []

    @pytest.mark.parametrize("what", ["follow", "block", "mute"])
    def test_own_account_is_refused_with_a_message(self, as_ana, ana, what):
        response = as_ana.put(f"/api/users/{ana.pk}/{what}")
        assert response.status_code == 400
        assert response.json()["errors"][0]["detail"].startswith("You cannot")

    def test_block_hides_both_from_each_other_and_is_listed(self, as_ana, as_bob, ana, bob):
        assert as_ana.put(f"/api/users/{bob.pk}/block").status_code == 204
        assert as_bob.get(f"/api/users/{ana.pk}").status_code == 404
        assert as_ana.get(f"/api/users/{bob.pk}").status_code == 404
        assert item_ids(as_ana.get("/api/blocks")) == [bob.pk]
        assert item_ids(as_bob.get("/api/blocks")) == []
        assert as_ana.put(f"/api/users/{bob.pk}/block").status_code == 204
        assert as_ana.delete(f"/api/users/{bob.pk}/block").status_code == 204
        assert as_bob.get(f"/api/users/{ana.pk}").status_code == 200


class TestAccount:
    def test_shows_and_changes_the_own_account(self, as_ana, ana):
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
