import pytest

from scripts.commits import problem_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "subject",
    [
        "Retry mail after temporary errors",
        "Address what was missed",
        "Focus the first field",
        "Need a code",
        "Pass on",
        "Bring it back",
    ],
)
def test_imperative_subject_has_no_problem(subject):
    assert problem_of(subject) == ""


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        ("x", "does not start with a capital letter"),
        ("Mails are tried again", "does not start with an instruction: Mails"),
        ("Added a button", "does not start with an instruction: Added"),
        ("Adding a button", "does not start with an instruction: Adding"),
        ("Add a button.", "ends with a full stop"),
        ("Buttons", "is one word"),
        ("Add " + "a" * 69, "has 73 characters, 72 is the limit"),
    ],
)
def test_other_subject_is_named_with_its_problem(subject, problem):
    assert problem_of(subject) == problem
