import pytest
from django.core.exceptions import ValidationError

from accounts.validators import UsernameValidator, fold_username


def is_accepted(name):
    try:
        UsernameValidator()(name)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", ["a", "_", "susan", "Ana-Maria", "j.r.r", "李娜", "Παύλος", "प्रिया", "x" * 64, "007"])
def test_names_of_every_script_are_accepted(name):
    assert is_accepted(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "-a",
        "a-",
        "ana.",
        "a b",
        "a/b",
        "a@b",
        "<b>",
        "a\x00b",
        "a\u202eb",
        "a\u200db",
        "e" + "\u0301" * 3,
    ],
)
def test_names_that_break_addresses_or_deceive_are_refused(name):
    assert not is_accepted(name)


def test_spellings_of_one_name_fold_to_the_same_key():
    assert fold_username("SUSAN") == fold_username("susan") == fold_username("ｓｕｓａｎ")
    assert fold_username("STRASSE") == fold_username("straße")
