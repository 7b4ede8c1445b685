"""Hashes of imported accounts open with the same passwords."""

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, is_password_usable
from werkzeug.security import generate_password_hash

from accounts.models import User
from accounts.security.hashers import from_werkzeug
from accounts.tests.factories import UserFactory
from tests.helpers.mail import deliver

PASSWORD = "pässword-7 "
# "password-3" and "password-6", as Werkzeug 2.0 and 0.9 stored them.
FORMER = [
    "pbkdf2:sha256:260000$gTt6ztjD4D69WMh3$fb62d1aeb77b7d5d8a625f48e19a4b32a852718eac3f8838a1118910b5cd1ea9",
    "pbkdf2:sha1:1000$HuauXwAanhYuk1Es$83a99c871efdf71503bc811afa48794ec48599cd",
]
METHODS = ["scrypt", "scrypt:16384:8:2", "scrypt:65536:16:1", "pbkdf2", "pbkdf2:sha1:1000", "pbkdf2:sha512:2000"]
SALT_AND_DIGEST = f"$salt${'0' * 128}"


@pytest.mark.parametrize("method", METHODS)
def test_hash_of_each_method_opens_with_its_password_only(method):
    encoded = from_werkzeug(generate_password_hash(PASSWORD, method))
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD.strip(), encoded)


@pytest.mark.parametrize(("password", "password_hash"), [("password-3", FORMER[0]), ("password-6", FORMER[1])])
def test_hash_of_an_older_werkzeug_opens(password, password_hash):
    assert check_password(password, from_werkzeug(password_hash))


def test_missing_iterations_are_those_of_the_time():
    assert check_password("password-3", from_werkzeug(FORMER[0].replace(":260000", "")))


@pytest.mark.parametrize(
    "password_hash",
    [
        *(
            None,
            "",
            "!",
            "plain text",
            "sha1$salt$0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33",
            "argon2$",
            FORMER[0][:-1],
        ),
        *(FORMER[0][:-2], FORMER[0].replace("sha256", "md5"), FORMER[0].replace("260000", "0")),
        *(FORMER[0].replace("260000", "9" * 12), FORMER[0].replace("gTt6", "g" * 80), FORMER[0] + "\n"),
        *(f"scrypt:{parameters}{SALT_AND_DIGEST}" for parameters in ("0:8:1", "1:8:1", "3:8:1", "32768:0:1")),
        *(
            f"scrypt:{parameters}{SALT_AND_DIGEST}"
            for parameters in ("32768:8:0", "65536:1:1", "4194304:8:1", "32768")
        ),
        *(f"scrypt:{parameters}{SALT_AND_DIGEST}" for parameters in ("32768:8:9999", "²:8:1", "-2:8:1")),
    ],
)
def test_hash_that_cannot_be_verified_is_an_unusable_password(password_hash):
    assert not is_password_usable(from_werkzeug(password_hash))


@pytest.mark.parametrize("parameters", ["2:1:1", "2:9999:1", "2:1:9999", "32768:1:1", "131072:8:1", "262144:4:1"])
def test_parameters_at_the_limits_can_be_computed(parameters):
    encoded = from_werkzeug(f"scrypt:{parameters}{SALT_AND_DIGEST}")
    assert identify_hasher(encoded).verify("wrong", encoded) is False


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["scrypt", "pbkdf2:sha1:1000", "pbkdf2:sha256:2000", "pbkdf2:sha512:2000"])
def test_hash_becomes_argon2_at_the_next_sign_in(client, method):
    ana = UserFactory(username="ana")
    User.objects.update(password=from_werkzeug(generate_password_hash(PASSWORD, method)))
    for password, answer in (("wrong", 200), (PASSWORD, 302), (PASSWORD, 302)):
        assert client.post("/auth/login", {"login": "ana", "password": password}).status_code == answer
        client.logout()
    ana.refresh_from_db()
    assert ana.password.startswith("argon2$")
    assert ana.check_password(PASSWORD)


@pytest.mark.django_db
def test_account_without_a_hash_gets_a_password_by_mail(client, settings):
    settings.MAIL_GOES_TO = "mailbox"
    UserFactory(username="ana")
    User.objects.update(password=from_werkzeug(None))
    client.post("/auth/reset_password_request", {"email": "ana@example.com"})
    assert [to for _subject, to in deliver()] == [["ana@example.com"]]
