"""Which passwords are good enough, and how they are kept."""

import io
import unicodedata
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.security.models import ApiToken, SecurityEvent
from accounts.security.services import make_token
from accounts.tests.factories import UserFactory
from tests.helpers.mail import deliver


def is_good(password):
    try:
        validate_password(password, User(username="ana-maria", email="ana.maria@example.com"))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("password", ["åäö ñandú", "aaaabbbb c", "x" * 40 + "y" * 88, "正確な馬の電池の針"])
def test_passwords_of_8_to_128_characters_are_accepted(password):
    assert is_good(password)


@pytest.mark.parametrize("password", ["1234567", "x" * 129, "password", "qwertyuiop", "iloveyou", "12345678"])
def test_short_endless_and_common_passwords_are_refused(password):
    assert not is_good(password)


@pytest.mark.parametrize("password", ["microblog", "Microblog1", "MICROBLOG!!", "ana-maria", "ana.maria1"])
def test_names_of_the_site_and_the_person_are_refused(password):
    assert not is_good(password)


@pytest.mark.django_db
def test_password_is_taken_as_it_was_typed(client):
    UserFactory(username="ana", password=" Two Words ")
    for wrong in ("Two Words", " two words "):
        client.post("/auth/login", {"login": "ana", "password": wrong})
        assert client.get("/explore").status_code == 302
    client.post("/auth/login", {"login": "ana", "password": " Two Words "})
    assert client.get("/explore").status_code == 200


COMPOSED = "Ångström é ﬁ １２３"
SPELLINGS = [unicodedata.normalize(form, COMPOSED) for form in ("NFC", "NFD", "NFKC", "NFKD")]


def signs_in(password, *, login="ana"):
    client = Client()
    client.post("/auth/login", {"login": login, "password": password})
    return client.get("/explore").status_code == 200


@pytest.mark.django_db
class TestUnicodeForms:
    @pytest.mark.parametrize("chosen", SPELLINGS)
    def test_password_is_the_same_however_a_keyboard_composes_it(self, client, chosen):
        answers = {"username": "ana", "email": "ana@example.com", "password1": chosen, "password2": SPELLINGS[1]}
        client.post("/auth/register", answers)
        assert [signs_in(typed) for typed in SPELLINGS] == [True] * 4
        assert not signs_in(COMPOSED.replace("é", "e"))

    @pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
    def test_hash_that_was_stored_before_forms_were_normalized_still_opens(self, form):
        stored = unicodedata.normalize(form, COMPOSED)
        UserFactory(username="ana")
        User.objects.update(password=make_password(stored))
        assert signs_in(stored)
        assert signs_in(SPELLINGS[0])
        assert signs_in(SPELLINGS[1])

    def test_programs_are_held_to_the_same(self, client):
        new = {"username": "ana", "email": "ana@example.com", "password": SPELLINGS[0]}
        assert client.post("/api/users", new, content_type="application/json").status_code == 201
        assert signs_in(SPELLINGS[1])

    def test_full_width_letters_do_not_hide_a_common_password(self, client):
        common = "ｐａｓｓｗｏｒｄ１"
        answers = {"username": "ana", "email": "ana@example.com", "password1": common, "password2": common}
        assert "too common" in client.post("/auth/register", answers).content.decode()
        new = {"username": "ana", "email": "ana@example.com", "password": common}
        assert client.post("/api/users", new, content_type="application/json").status_code == 400

    def test_endless_password_is_not_normalized(self):
        ana = UserFactory(username="ana", password="a" + "\u0301\u0323" * 200_000)
        assert not ana.check_password("a" + "\u0323\u0301" * 200_000)


@pytest.mark.django_db
class TestPasswordSetByCode:
    """What `manage.py changepassword` and `set_password()` bring about is what the page does."""

    @pytest.fixture(autouse=True)
    def _token(self, susan):
        make_token(susan, name="test", lifetime=timedelta(hours=1))

    def change(self, susan, how, monkeypatch):
        if how == "set_password":
            susan.set_password("cuts only once")
            susan.save()
        else:
            monkeypatch.setattr("getpass.getpass", lambda prompt: "cuts only once")
            call_command("changepassword", "susan", stdout=io.StringIO())

    @pytest.mark.parametrize("how", ["set_password", "changepassword"])
    def test_access_ends_and_the_owner_learns_of_it(self, client, susan, how, monkeypatch):
        client.post("/auth/login", {"login": "susan", "password": "measures twice"})
        assert client.get("/explore").status_code == 200
        deliver()
        self.change(susan, how, monkeypatch)
        assert client.get("/explore").status_code == 302
        assert not UserSession.objects.filter(user=susan).exists()
        assert not ApiToken.objects.filter(user=susan).exists()
        assert SecurityEvent.objects.filter(user=susan, kind=SecurityEvent.Kind.PASSWORD_CHANGED).count() == 1
        assert [to for _subject, to in deliver()] == [["susan@example.com"]]
        assert signs_in("cuts only once", login="susan")

    def test_rehash_of_the_same_password_does_not_count_as_a_change(self, susan):
        User.objects.update(password=make_password("measures twice", hasher="pbkdf2_sha256"))
        susan.refresh_from_db()
        assert susan.check_password("measures twice")
        assert not User.objects.get().password.startswith("pbkdf2")
        assert ApiToken.objects.filter(user=susan).exists()
        assert not SecurityEvent.objects.filter(kind=SecurityEvent.Kind.PASSWORD_CHANGED).exists()

    def test_page_notes_it_once(self, client, susan):
        client.post("/auth/login", {"login": "susan", "password": "measures twice"})
        answers = {"old_password": "measures twice", "password1": "cuts only once", "password2": "cuts only once"}
        client.post("/auth/change_password", answers)
        assert SecurityEvent.objects.filter(user=susan, kind=SecurityEvent.Kind.PASSWORD_CHANGED).count() == 1
        assert not ApiToken.objects.filter(user=susan).exists()
        assert client.get("/explore").status_code == 200


@pytest.mark.django_db
def test_hash_is_upgraded_at_sign_in_when_parameters_increase(client, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.YesterdaysHasher"]
    ana = UserFactory(username="ana", password="measures twice")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    client.post("/auth/login", {"login": "ana", "password": "measures twice"})
    before, ana.password = ana.password, User.objects.get(pk=ana.pk).password
    assert "m=1024" in before
    assert "m=102400" in ana.password
    assert ana.check_password("measures twice")


class YesterdaysHasher(Argon2PasswordHasher):
    memory_cost = 1024
    parallelism = 1
