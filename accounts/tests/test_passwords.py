"""Which passwords are good enough, and how they are kept."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.tests.factories import UserFactory


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


@pytest.mark.django_db
def test_hash_is_made_anew_at_sign_in_when_the_parameters_have_risen(client, settings):
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
