import unicodedata
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db.migrations.writer import MigrationWriter
from hypothesis import given
from hypothesis import strategies as st

from microblog.core.text import (
    MaxCharactersValidator,
    count_characters,
    normalize_text,
    validate_marks,
    validate_no_control_characters,
    validate_visible,
)
from tests.helpers.cost import BUDGET, affordable

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
typed = st.text(st.characters() | st.sampled_from(" \t\n\r\u2028\u3000\u0301\u0344e"), max_size=80)


def message(validate, text):
    with pytest.raises(ValidationError) as refusal:
        validate(text)
    return refusal.value.messages[0]


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("cat", 3),
        ("李娜", 2),
        ("e\u0301", 1),
        ("नमस\u094dते", 3),
        (FAMILY, 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("\U0001f1ea\U0001f1f8\U0001f1f2\U0001f1fd", 2),
        ("\U0001f1ea\U0001f1f8\U0001f1f2", 2),
        ("e" + "\u0301" * 2000, 1),
    ],
)
def test_characters_are_counted_as_a_person_counts(text, characters):
    assert count_characters(text) == characters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("e\u0301", "é"),
        ("  \u3000\n hello \n\u00a0\n", "hello"),
        ("one  \t\ntwo\u2003\nthree", "one\ntwo\nthree"),
        ("one\n\n\n\ntwo", "one\n\ntwo"),
        ("one\n \n\t\n \ntwo", "one\n\ntwo"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("  def f():\n    pass", "def f():\n    pass"),
    ],
)
def test_text_is_given_one_form(text, expected):
    assert normalize_text(text) == expected


@given(typed)
def test_normalized_text_is_composed_trimmed_and_stays_as_it_is(text):
    normal = normalize_text(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert "\r" not in normal and "\n\n\n" not in normal
    assert all(line == line.rstrip(" \t\u3000") for line in normal.split("\n"))
    assert normalize_text(normal) == normal


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a\x07b", "U+0007 at position 2"),
        ("a\rb", "U+000D at position 2"),
        ("\x85", "U+0085 at position 1"),
        ("ok\ud800", "U+D800 at position 3"),
    ],
)
def test_a_control_character_is_refused_by_name_and_place(text, named):
    assert named in message(validate_no_control_characters, text)


@pytest.mark.parametrize("text", ["", "two\nlines\tand a tab", FAMILY, "\u202eright to left\u202c", "a\0b"])
def test_other_characters_are_not_control_characters(text):
    assert validate_no_control_characters(text) is None


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\u3000\u00a0", "\u200b\u200d\ufeff", "\u202e\u2066", "\ufff9", "\u0301\u0327"]
    + ["\u115f\u3164\uffa0", "\u2800"],
)
def test_text_that_shows_nothing_is_refused(text):
    assert "no visible characters" in message(validate_visible, text)


@pytest.mark.parametrize("text", ["a", ".", "\u200b李", "\u2764\ufe0f", FAMILY, "\u2801", "سلام", "न\u0947"])
def test_text_with_one_visible_character_is_accepted(text):
    assert validate_visible(text) is None


@pytest.mark.parametrize(
    "text",
    ["Z" + "\u0300" * 9, "a" + "\u0489" * 9, "Z" + "\u0300\u0316" * 5, "\u0300" * 9]
    + ["Z" + "\u0300\u200d" * 9, "Z" + "\u0300\ufe0f" * 9, "Z" + "\u0300\u034f" * 9],
)
def test_more_than_eight_marks_on_a_letter_are_refused(text):
    assert "too many accents" in message(validate_marks, text)
    assert "too many accents" in message(validate_marks, f"fine {text} fine")


@pytest.mark.parametrize(
    "text",
    ["Z" + "\u0300" * 8, "Z\u0300\u0316\u0323\u0301" * 30, "नमस\u094dते", "རྡོ་རྗེ", "בְּרֵאשִׁ֖ית", "أُحِبُّ", "ที่นี่", FAMILY]
    + ["\U0001f469\U0001f3fd\u200d\U0001f680" * 9, "1\ufe0f\u20e3" * 9, "e" + "\ufe0f" * 20],
)
def test_marks_that_languages_need_are_accepted(text):
    assert validate_marks(text) is None


@pytest.mark.parametrize("text", ["a" * 140, FAMILY * 140, "e\u0301\u0327" * 140])
def test_text_up_to_the_limit_is_accepted(text):
    assert MaxCharactersValidator(140)(text) is None


@pytest.mark.parametrize("text", ["a" * 141, FAMILY * 141, "\n" * 141])
def test_text_over_the_limit_is_refused_with_both_numbers(text):
    assert "141 characters and may have 140" in message(MaxCharactersValidator(140), text)


def test_text_far_over_the_limit_is_refused_with_the_limit():
    assert "far too long: it may have 140 characters." in message(MaxCharactersValidator(140), "a" * 100_000)
    assert "it may have 1 character." in message(MaxCharactersValidator(1), "a" * 100_000)


def test_letter_with_2000_accents_is_refused_for_its_accents():
    assert "too many accents" in message(MaxCharactersValidator(140), "e" + "\u0301" * 2000)


@pytest.mark.parametrize("piece", ["a", "\u0300\u0327", "\U0001f1e6", "\u0915\u094d", " ", " \n", FAMILY, "\x07"])
def test_hundreds_of_kilobytes_are_handled_at_once(piece):
    text = piece * (300_000 // len(piece.encode()))
    validators = [validate_no_control_characters, validate_marks, validate_visible, MaxCharactersValidator(140)]
    with affordable(piece, 4 * BUDGET):
        normalize_text(text)
        count_characters(text)
        for validate in validators:
            with suppress(ValidationError):
                validate(text)


def test_the_limit_is_checked_at_once_however_long_the_text():
    with affordable("the limit"):
        message(MaxCharactersValidator(140), "a" * 10_000_000)


def test_the_limit_can_be_written_into_a_migration():
    assert MaxCharactersValidator(140) == MaxCharactersValidator(140) != MaxCharactersValidator(141)
    written, _ = MigrationWriter.serialize(MaxCharactersValidator(140))
    assert written == "microblog.core.text.MaxCharactersValidator(140)"
