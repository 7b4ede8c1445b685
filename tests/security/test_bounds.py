"""Text is limited before it is normalized: composing a run of combining marks takes quadratic time."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.confusables import skeleton
from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.validators import fold_username
from microblog.core.text import normalize_unicode
from tests.helpers.cost import affordable

# 80 kB took 12 seconds, and four requests of 240 kB stopped a site of two workers.
MARKS = "\u0323\u0301" * 30_000
# Halfwidth signs, letters in Unicode, become marks when they are composed.
HIDDEN_MARKS = "\uff9e\u093c" * 40_000


@pytest.mark.parametrize("text", [MARKS, HIDDEN_MARKS, "a" + MARKS], ids=["marks", "hidden", "letter"])
class TestFolding:
    def test_username_of_combining_marks_is_folded_quickly(self, text):
        with affordable("fold_username()"):
            fold_username(text)
        with affordable("skeleton()"):
            skeleton(text)
        with affordable("normalize_username()"):
            User.normalize_username(text)

    def test_text_too_long_for_a_username_matches_no_user(self, db, text):
        UserFactory(username="a")
        assert not User.objects.by_username(text).exists()


def test_username_may_be_entered_in_a_longer_unicode_form(db):
    # Three characters per syllable, composed to one.
    user = UserFactory(username="\uac01" * 64)
    assert User.objects.by_username("\u1100\u1161\u11a8" * 64).get() == user


def test_text_above_the_limit_is_not_normalized():
    assert normalize_unicode("NFC", "e\u0301", limit=2) == "é"
    assert normalize_unicode("NFC", "e\u0301", limit=1) == "e\u0301"


@pytest.mark.django_db
class TestDoors:
    def test_sign_in(self, client):
        with affordable("sign-in"):
            response = client.post("/auth/login", {"login": MARKS, "password": "wrong"})
        assert response.status_code == 200
        assert "login" in response.context["form"].errors

    def test_sign_up(self, client):
        form = {"username": MARKS, "email": f"{MARKS}@example.com", "password1": MARKS, "password2": MARKS}
        with affordable("sign-up"):
            response = client.post("/auth/register", form)
        assert {"username", "email", "password1"} <= response.context["form"].errors.keys()

    def test_pages_about_a_person(self, client):
        client.force_login(UserFactory())
        for path in ("user/{}", "user/{}/popup", "user/{}/followers"):
            with affordable(path):
                assert client.get("/" + path.format(MARKS)).status_code == 404

    def test_token_by_password(self, client):
        credentials = base64.b64encode(f"{MARKS}:wrong".encode()).decode()
        with affordable("a token"):
            assert client.post("/api/tokens", headers={"Authorization": f"Basic {credentials}"}).status_code == 401

    def test_commands(self):
        with affordable("a command"), pytest.raises(CommandError):
            call_command("account", "suspend", MARKS, reason="none", stdout=StringIO())

    @pytest.mark.parametrize(
        ("path", "field"),
        [
            ("/auth/login", "login"),
            ("/auth/login", "password"),
            ("/auth/register", "password1"),
            ("/auth/register", "password2"),
        ],
    )
    def test_too_long_value_is_refused_with_its_limit(self, client, path, field):
        response = client.post(path, {field: "x" * 100_000})
        assert "at most" in str(response.context["form"].errors[field])

    def test_next_parameter(self, client):
        with affordable("next"):
            assert client.post("/language", {"language": "es", "next": f"//{MARKS}"}).status_code == 302
