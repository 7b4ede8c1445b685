"""A user hides what a followed user reposts: in services, on pages and in the API."""

import pytest

from posts.models import Post
from posts.reactions.services import repost_post
from posts.tests.factories import PostFactory
from relationships.models import Follow
from relationships.services import (
    CannotHideReposts,
    block_user,
    follow_user,
    hide_reposts,
    show_reposts,
    unfollow_user,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
REFUSED = "You only see reposts by people you follow. Follow bob first."


def buttons(client, path="/user/bob"):
    """Return the actions of the buttons for reposts on a page."""
    page = client.get(path).content.decode()
    return [action for action in ("hide_reposts", "show_reposts") if f'action="/{action}/bob"' in page]


def test_hidden_reposts_are_absent_from_home_until_they_are_shown_again(ana_client, ana, bob):
    follow_user(bob, actor=ana)
    own, passed_on = PostFactory(author=bob), PostFactory()
    repost_post(passed_on, actor=bob)
    steps = [(hide_reposts, True), (hide_reposts, False), (show_reposts, True), (show_reposts, False)]
    shown = []
    for service, is_new in steps:
        assert service(bob, actor=ana) is is_new
        shown.append(ana_client.get("/").context["page"].items)
    assert shown == [[own], [own], [passed_on, own], [passed_on, own]]


def test_follow_begins_with_reposts_shown(ana, bob):
    follow_user(bob, actor=ana)
    hide_reposts(bob, actor=ana)
    follow_user(bob, actor=ana)
    assert Follow.objects.get().hides_reposts
    unfollow_user(bob, actor=ana)
    follow_user(bob, actor=ana)
    assert not Follow.objects.get().hides_reposts


@pytest.mark.parametrize("service", [hide_reposts, show_reposts])
def test_only_reposts_of_followed_users_can_be_hidden(ana, bob, service):
    follow_user(ana, actor=bob)
    for person in (bob, ana):
        with pytest.raises(CannotHideReposts):
            service(person, actor=ana)
    assert not Follow.objects.get().hides_reposts


def test_buttons_hide_and_show_reposts_of_a_followed_user(ana_client, ana, bob):
    pages = ("/user/bob", "/user/bob/popup")
    assert [buttons(ana_client, page) for page in pages] == [[], []]
    follow_user(bob, actor=ana)
    assert [buttons(ana_client, page) for page in pages] == [["hide_reposts"]] * 2
    response = ana_client.post("/hide_reposts/Bob", follow=True)
    assert response.redirect_chain == [("/user/bob", 302)]
    assert "You have hidden reposts by bob." in response.content.decode()
    assert [buttons(ana_client, page) for page in pages] == [["show_reposts"]] * 2
    response = ana_client.post("/show_reposts/bob", follow=True)
    assert "You no longer hide reposts by bob." in response.content.decode()
    assert [buttons(ana_client, page) for page in pages] == [["hide_reposts"]] * 2


def test_profile_of_a_followed_user_takes_no_more_queries(ana_client, ana, bob, django_assert_max_num_queries):
    counts = []
    for change in (lambda: None, lambda: follow_user(bob, actor=ana), lambda: hide_reposts(bob, actor=ana)):
        change()
        ana_client.get("/user/bob")
        with django_assert_max_num_queries(6) as queries:
            ana_client.get("/user/bob")
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_in_place_the_other_button_comes_back(ana_client, ana, bob):
    follow_user(bob, actor=ana)
    fragment = ana_client.post("/hide_reposts/bob", headers=HTMX).content.decode()
    assert 'action="/show_reposts/bob"' in fragment and "<html" not in fragment
    assert 'action="/hide_reposts/bob"' in ana_client.post("/show_reposts/bob", headers=HTMX).content.decode()


def test_follow_in_place_brings_the_button_and_unfollow_takes_it(ana_client, ana, bob):
    def button():
        return [one for one in ("hide_reposts", "show_reposts") if f'action="/{one}/bob"' in response.content.decode()]

    response = ana_client.post("/follow/bob", headers=HTMX)
    assert button() == ["hide_reposts"]
    hide_reposts(bob, actor=ana)
    # In another tab.
    response = ana_client.post("/follow/bob", headers=HTMX)
    assert button() == ["show_reposts"]
    response = ana_client.post("/unfollow/bob", headers=HTMX)
    assert button() == []
    assert b"data-reposts" in response.content
    response = ana_client.post("/follow/bob", headers=HTMX)
    assert button() == ["hide_reposts"]


@pytest.mark.parametrize("action", ["hide_reposts", "show_reposts"])
def test_refusal_after_an_unfollow_says_why(ana_client, ana, bob, action):
    response = ana_client.post(f"/{action}/bob", follow=True)
    assert response.redirect_chain == [("/user/bob", 302)]
    assert REFUSED in response.content.decode()
    # The whole page changes, not the place of the button.
    assert ana_client.post(f"/{action}/bob", headers=HTMX)["HX-Redirect"] == "/user/bob"
    assert ana_client.get(f"/{action}/bob").status_code == 405
    block_user(ana, actor=bob)
    assert [ana_client.post(f"/{action}/{name}").status_code for name in ("bob", "unknown")] == [404, 404]


def test_api_hides_and_shows_reposts(as_ana, ana, bob):
    path = f"/api/users/{bob.pk}/hidden-reposts"
    for method in (as_ana.put, as_ana.delete):
        response = method(path)
        assert (response.status_code, response.json()["errors"][0]["detail"]) == (400, REFUSED)
    follow_user(bob, actor=ana)
    repost_post(PostFactory(), actor=bob)
    passed_on = Post.objects.get(repost_of=None)
    shown = []
    for method in (as_ana.put, as_ana.put, as_ana.delete, as_ana.delete):
        assert method(path).status_code == 204
        shown.append([item["id"] for item in as_ana.get("/api/timelines/home").json()["items"]])
    assert shown == [[], [], [passed_on.pk], [passed_on.pk]]
    block_user(ana, actor=bob)
    assert as_ana.put(path).status_code == 404
