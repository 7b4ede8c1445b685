import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from relationships.models import Block, Mute
from relationships.services import (
    block_user,
    mute_user,
)

pytestmark = pytest.mark.django_db


def test_block_requires_confirmation_and_is_listed(ana_client, bob):
    assert "You will no longer see each other" in ana_client.get("/block/Bob").content.decode()
    assert not Block.objects.exists()
    response = ana_client.post("/block/Bob", follow=True)
    assert response.redirect_chain == [("/settings/blocked", 302)]
    page = response.content.decode()
    assert "You have blocked bob." in page
    assert 'action="/unblock/bob"' in page
    # Sent twice, it says so twice.
    assert ana_client.post("/block/bob").status_code == 302
    assert "You no longer block bob." in ana_client.post("/unblock/bob", follow=True).content.decode()
    assert not Block.objects.exists()
    assert ana_client.post("/unblock/bob").status_code == 302


def test_profile_of_blocked_user_offers_unblock_and_shows_nothing_else(ana_client, client, ana, bob):
    bob = UserFactory(username="bobby")
    User.objects.filter(pk=bob.pk).update(about_me="Trains, mostly.")
    block_user(bob, actor=ana)
    response = ana_client.get("/user/Bobby")
    page = response.content.decode()
    assert response.status_code == 404
    assert "You have blocked bobby" in page and 'action="/unblock/bobby"' in page
    assert "Trains" not in page
    client.force_login(bob)
    response = client.get("/user/ana")
    assert response.status_code == 404
    assert "block" not in response.content.decode()


@pytest.mark.parametrize("path", ["/user/{}/popup", "/user/{}/followers", "/user/{}/following"])
def test_pages_of_a_user_who_blocks_the_viewer_are_not_found(ana_client, ana, bob, path):
    assert ana_client.get(path.format("bob")).status_code == 200
    block_user(ana, actor=bob)
    assert ana_client.get(path.format("bob")).status_code == 404


def test_buttons_on_profile_and_popover_mute_and_unmute(ana_client, bob):
    for path in ("/user/bob", "/user/bob/popup"):
        page = ana_client.get(path).content.decode()
        assert 'action="/mute/bob"' in page and 'href="/block/bob"' in page
        assert 'action="/mute/ana"' not in ana_client.get(path.replace("bob", "ana")).content.decode()
    response = ana_client.post("/mute/bob", follow=True)
    assert response.redirect_chain == [("/user/bob", 302)]
    assert "You have muted bob." in response.content.decode()
    for path in ("/user/bob", "/user/bob/popup", "/settings/muted"):
        assert 'action="/unmute/bob"' in ana_client.get(path).content.decode()
    fragment = ana_client.post("/unmute/bob", headers={"HX-Request": "true"})
    assert 'action="/mute/bob"' in fragment.content.decode()
    assert not Mute.objects.exists()


@pytest.mark.parametrize("path", ["/block/ana", "/mute/ana", "/unmute/ana", "/unblock/ana"])
def test_users_cannot_block_or_mute_themselves_on_pages(ana_client, path):
    assert ana_client.post(path).status_code == 302
    assert not Block.objects.exists() and not Mute.objects.exists()


def test_refused_mute_in_place_redirects_the_whole_page(ana_client):
    response = ana_client.post("/mute/ana", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/user/ana"
    assert "You cannot mute yourself!" in ana_client.get("/user/ana").content.decode()


@pytest.mark.parametrize("path", ["/settings/blocked", "/settings/muted"])
def test_lists_cost_the_same_with_one_row_and_with_twenty(ana_client, ana, path, django_assert_max_num_queries):
    counts = []
    for more in (1, 19):
        for person in UserFactory.create_batch(more):
            (block_user if "blocked" in path else mute_user)(person, actor=ana)
        with django_assert_max_num_queries(6) as queries:
            ana_client.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1]
