"""Names that could be taken for another one."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.confusables import skeleton
from accounts.models import User, Username
from accounts.security.services import make_token
from accounts.services import UsernameTaken, change_username, register_user
from accounts.tests.factories import UserFactory
from accounts.validators import UsernameValidator, username_validators
from microblog.core.exceptions import DomainError

INVISIBLE = [
    "susan\ufe0f",
    "susan\u034f",
    "susan\u180b",
    "susan\U000e0100",
    "\u3164",
    "\u115f",
    "\u1160",
    "\u115f\u1160",
]
OTHER_MARKS = ["susan\u093f", "susan\u064b", "李\u0fc6", "Павел\u0e31", "प्रिया\u0943\u09be"]
MIXED = ["аdmin", "ѕusan", "susaп", "Παulos", "ana李а", "ali٣", "ᴀɴᴀ", "sᴜsan", "한国ひ"]
ORDINARY = [
    "susan",
    "Ана",
    "Παύλος_7",
    "李娜",
    "ひろし-カナ漢字abc",
    "홍길동Kim",
    "ㄅㄆ漢字abc",
    "प्रिया",
    "ملک",
    "עדי.1",
]
ORDINARY += ["ᏣᎳᎩ", "ⵣⵓⵔ", "ꦲꦏ", "naïve", "Łódź", "straße", "ʻokina", "スーパー", "nguyễn", "مُحَمَّد"]


def is_accepted(name, *, validators=None):
    try:
        for validate in validators or [UsernameValidator()]:
            validate(User.normalize_username(name))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", INVISIBLE + OTHER_MARKS + MIXED + ["سـوزان", "susan\u0332\u0332"])
def test_name_that_passes_for_another_one_or_for_none_is_refused(name):
    assert not is_accepted(name)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_name_of_any_script_is_accepted(name):
    assert is_accepted(name, validators=username_validators)


@pytest.mark.parametrize("name", ["admin", "Admin", "ADMIN", "ADMlN", "adm1n", "adrnin", "_admin_", "ѕуѕtem", "r00t"])
def test_reserved_name_and_its_clones_are_refused(name):
    assert not is_accepted(name, validators=username_validators)
    with override_settings(RESERVED_USERNAMES=["stranger"]):
        assert is_accepted(name, validators=username_validators) == (name != "ѕуѕtem")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("susan", "ѕuѕаn"),
        ("susan", "susan\u034f"),
        ("susan", "su\U000e0100san"),
        ("сасо", "caco"),
        ("Martin", "rnartin"),
        ("paypal", "paypaI"),
        ("bob", "B0B"),
        ("irem", "i\u0307rem"),
        ("سوزان", "سـوزان"),
    ],
)
def test_clone_of_a_held_name_is_taken(held, wanted):
    UserFactory(username=held)
    with pytest.raises(UsernameTaken):
        register_user(username=wanted, email="other@example.com", password=None)
    other = UserFactory(username="other")
    with pytest.raises(UsernameTaken):
        change_username(other, wanted)
    assert set(User.objects.values_list("username", flat=True)) == {held, "other"}


@pytest.mark.django_db
def test_names_that_differ_to_the_eye_are_both_free():
    names = {"kari", "karl", "Ana", "Ana_", "anna", "7", "77", "Ана"}
    for name in names:
        register_user(username=name, email=f"{User.objects.count()}@example.com", password=None)
    assert set(User.objects.values_list("username", flat=True)) == names


@pytest.mark.django_db
def test_own_name_can_be_written_as_its_clone_and_stays_reserved():
    bob = UserFactory(username="bob")
    for name in ("b0b", "BOB", "bob"):
        change_username(bob, name)
    change_username(bob, "robert")
    assert User.objects.by_username("b0b").get() == bob
    for name in ("bob", "b0b", "BoB"):
        with pytest.raises(UsernameTaken):
            register_user(username=name, email="other@example.com", password=None)


LETTERS = st.sampled_from("susanѕυaаoо0O1lIiim_рпrn.İı")
LETTERS |= st.sampled_from("\u034f\ufe0f\u0307")
NAMES = st.text(LETTERS, min_size=1, max_size=4) | st.text(
    st.characters(categories=["L", "M"]), min_size=1, max_size=4
)


@pytest.mark.django_db
@given(st.lists(NAMES, min_size=2, max_size=6))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_names_with_one_skeleton_only_one_can_register(names):
    with transaction.atomic():
        registered = []
        for number, name in enumerate([*names, *(name.swapcase() for name in names)]):
            try:
                user = register_user(username=name, email=f"{number}@example.com", password=None)
            except DomainError:
                continue
            registered.append(skeleton(user.username))
        assert registered
        assert len(registered) == len(set(registered))
        # All that were refused look like one that was not.
        assert set(registered) >= {skeleton(User.normalize_username(names[0]))}
        transaction.set_rollback(True)


@pytest.mark.django_db
class TestEveryDoor:
    SIGN_UP = {"email": "new@example.com", "password1": "four unrelated words", "password2": "four unrelated words"}

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("ѕusan", "look like others"),
            ("susan\u034f", "U+034F"),
            ("admin", "This username is reserved."),
            ("susаn".replace("s", "ѕ").replace("u", "у").replace("n", "п"), ""),
        ],
    )
    def test_sign_up_says_what_is_wrong_and_keeps_what_was_typed(self, client, name, reason):
        response = client.post("/auth/register", {"username": name, **self.SIGN_UP})
        page = response.content.decode()
        if reason:
            assert reason in page
            assert 'value="new@example.com"' in page
        assert User.objects.filter(username=name).exists() == (not reason)

    def test_sign_up_refuses_the_clone_of_a_name(self, client):
        UserFactory(username="paypal")
        response = client.post("/auth/register", {"username": "paypaI", **self.SIGN_UP})
        assert "Please use a different username." in response.content.decode()

    @pytest.mark.parametrize("name", ["paypaI", "admin", "ѕusan", "susan\u034f"])
    def test_api_refuses_it_at_registration_and_renaming(self, client, name):
        UserFactory(username="paypal")
        new = {"username": name, "email": "new@example.com", "password": "four unrelated words"}
        assert client.post("/api/users", new, content_type="application/json").status_code == 400
        _token, secret = make_token(UserFactory(username="ana"), name="test", lifetime=timedelta(hours=1))
        headers = {"authorization": f"Bearer {secret}"}
        for path in ("/api/account", f"/api/users/{User.objects.get(username='ana').pk}"):
            response = client.put(path, {"username": name}, content_type="application/json", headers=headers)
            assert response.status_code == 400
        assert not User.objects.filter(username=name).exists()

    def test_operator_may_create_an_account_with_a_reserved_name_only(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("four unrelated words\n" * 2))
        call_command("account", "create", "admin", "--email=admin@example.com", stdout=io.StringIO())
        with pytest.raises(CommandError, match="ordinary letters of one alphabet"):
            call_command("account", "create", "аdmin", "--email=b@example.com")

    def test_createsuperuser_refuses_a_clone(self):
        UserFactory(username="paypal")
        with pytest.raises(CommandError, match="different username"):
            call_command("createsuperuser", "--noinput", username="paypaI", email="a@example.com")

    def test_createsuperuser_refuses_a_taken_email_address(self):
        UserFactory(email="susan@example.com")
        with pytest.raises(CommandError, match="different email address"):
            call_command("createsuperuser", "--noinput", username="root", email="Susan@example.com")


@pytest.mark.django_db
class TestOldNames:
    """Accounts with names that today's rules refuse keep them."""

    @pytest.fixture
    def old(self):
        return UserFactory(username="ѕusan\u034f", email="old@example.com")

    def test_profile_can_be_edited_without_changing_the_name(self, client, old):
        client.force_login(old)
        response = client.post(
            "/edit_profile", {"username": old.username, "about_me": "Tea.", "avatar_source": "generated"}
        )
        assert response.status_code == 302
        old.refresh_from_db()
        assert (old.username, old.about_me) == ("ѕusan\u034f", "Tea.")

    def test_account_can_be_written_back_as_it_was_read(self, client, old):
        _token, secret = make_token(old, name="test", lifetime=timedelta(hours=1))
        headers = {"authorization": f"Bearer {secret}"}
        read = client.get("/api/account", headers=headers).json()
        response = client.put("/api/account", read, content_type="application/json", headers=headers)
        assert response.status_code == 200

    def test_name_leads_to_its_owner(self, client, old):
        client.force_login(old)
        assert client.get(f"/user/{old.username}").status_code == 200

    def test_command_lists_them_with_the_reason(self, old):
        for name in ("ana", "admin", "susan2"):
            UserFactory(username=name)
        bob, clone = UserFactory(username="bob"), UserFactory(username="rob")
        # As before there were skeletons.
        Username.objects.filter(user=clone).update(key="b0b", skeleton=None)
        User.objects.filter(pk=clone.pk).update(username="b0b")
        out = io.StringIO()
        call_command("check_usernames", stdout=out)
        lines = out.getvalue().splitlines()
        assert [line.partition(" ")[0] for line in lines] == ["ѕusan\u034f", "admin", "b0b", "3"]
        assert "reserved" in lines[1]
        assert bob.username in lines[2]
