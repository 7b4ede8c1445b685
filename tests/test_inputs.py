"""Attributes of input fields, and mirrored icons."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from accounts.tests.factories import UserFactory
from microblog.core.templatetags.microblog import POINTING_ICONS

ANONYMOUS = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_email_verification_sent",
]
MEMBERS = [
    "posts:home",
    "accounts:edit_profile",
    "accounts:leave",
    "security:tokens",
    "account_email",
    "account_change_password",
    "mfa_activate_totp",
    "mfa_add_webauthn",
]
TYPED = {"text", "search", "email", "password", "url", "tel", "number"}
PROSE = {"body", "about_me", "q"}


class Inputs(HTMLParser):
    """Collect the attributes of text inputs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        is_typed = tag == "textarea" or (tag == "input" and attributes.get("type") in TYPED)
        if is_typed and "hidden" not in attributes:
            self.found.append((tag, attributes))


@pytest.fixture
def find_inputs(client, db):
    user = UserFactory(password="an old password of theirs")

    def find(view):
        if view in MEMBERS:
            client.post(reverse("account_login"), {"login": user.username, "password": "an old password of theirs"})
        response = client.get(reverse(view))
        assert response.status_code == 200
        found = Inputs(response.content.decode()).found
        assert found
        return found

    return find


@pytest.mark.parametrize("view", [*ANONYMOUS, *MEMBERS])
def test_input_fields_have_their_own_direction(find_inputs, view):
    for _tag, attributes in find_inputs(view):
        assert attributes.get("dir") == "auto", attributes


@pytest.mark.parametrize("view", [*ANONYMOUS, *MEMBERS])
def test_usernames_and_codes_have_autocomplete_and_no_spellcheck(find_inputs, view):
    for _tag, attributes in find_inputs(view):
        if attributes["name"] not in PROSE:
            assert attributes.get("spellcheck") == "false", attributes
            assert attributes.get("autocomplete"), attributes


@pytest.mark.parametrize("view", [view for view in (*ANONYMOUS, *MEMBERS) if view != "posts:home"])
def test_last_input_of_a_form_labels_the_enter_key(find_inputs, view):
    hints = {attributes["name"]: attributes.get("enterkeyhint") for _tag, attributes in find_inputs(view)}
    assert hints.pop("q", "search") == "search"
    assert [hint for hint in hints.values() if hint] == ["go"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_only_directional_icons_are_mirrored(visit):
    user = UserFactory(language="ar")
    page = visit(user)
    mirrored, others = set(), set()
    for path in ("/", "/notifications", "/messages", f"/user/{user.username}", "/explore?before=1"):
        page.goto(path)
        for name, transform in page.locator(".mb-icon").evaluate_all(
            "all => all.map(icon => [icon.firstChild.href.baseVal.split('#')[1], getComputedStyle(icon).transform])"
        ):
            (others if transform == "none" else mirrored).add(name)
    assert "bell" in others
    assert mirrored
    assert mirrored <= POINTING_ICONS
    assert not others & POINTING_ICONS


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["ar", "es"])
def test_narrow_header_of_sign_in_is_one_row(visit, language):
    page = visit(locale=language, viewport={"width": 360, "height": 800})
    for path in ("/auth/login", "/auth/register", "/about"):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator(".mb-header").bounding_box()["height"] <= 58


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_buttons_of_a_profile_are_44_pixels_high(visit):
    page = visit(UserFactory(), viewport={"width": 360, "height": 800}, is_mobile=True, has_touch=True)
    page.goto(f"/user/{UserFactory().username}")
    buttons = page.locator(".mb-profile__action .btn").all()
    assert len(buttons) == 2
    assert {button.bounding_box()["height"] for button in buttons} == {44}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_buttons_of_a_narrow_profile_follow_the_name(visit):
    page = visit(UserFactory(), viewport={"width": 360, "height": 800})
    page.goto(f"/user/{UserFactory().username}")
    name, action = (page.locator(place).bounding_box() for place in ("h1", ".mb-profile__action"))
    assert action["y"] >= name["y"] + name["height"]
