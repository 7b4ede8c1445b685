"""Texts are segmented into tokens, the same for every engine."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import fold, segment, tokenize
from tests.helpers.cost import BUDGET, affordable

characters = "lL·łØæß٢๒東ｶﾞ한\u3164\u115f\u00ad\u200b\u200c\u200d\u2060\u0301./:-"
written = st.text(st.characters() | st.sampled_from(characters), max_size=40)


@pytest.mark.parametrize(
    ("spellings", "token"),
    [
        (["Łódź", "ŁÓDŹ", "łódz", "lodz", "LODZ"], "lodz"),
        (["København", "KØBENHAVN", "kobenhavn"], "kobenhavn"),
        (["Đà", "đà", "da", "Ðà"], "da"),
        (["Æther", "ǼTHER", "aether"], "aether"),
        (["Œuvre", "œuvre", "OEUVRE"], "oeuvre"),
        (["Þór", "ÞÓR", "thor"], "thor"),
        (["IŞIK", "ışık", "Işık", "isik"], "isik"),
        (["Straße", "STRASSE", "STRAẞE"], "strasse"),
        (["Ŋ", "ŋ"], "n"),
        (["Ɓaƙo", "bako"], "bako"),
        (["foot\u00adball", "foot\u200bball", "foot\u2060ball", "foot\ufeffball"], "football"),
        (["2024", "٢٠٢٤", "۲۰۲۴", "२०२४", "２０２４", "๒๐๒๔"], "2024"),
        (["Σίσυφος", "ΣΊΣΥΦΟΣ"], "σισυφοσ"),
    ],
)
def test_spellings_of_a_word_are_one_token(spellings, token):
    assert [tokenize(spelling) for spelling in spellings] == [token] * len(spellings)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("https://example.org/p", "example org p"),
        ("HTTP://WWW.Example.org", "example org"),
        ("www.example.org", "example org"),
        ("看http://www.例え.jp", "看 例え え jp"),
        ("ดูhttp://www.example.org", "ดู example org"),
        ("\u3164 한\u3164글 \u115f\u1160", "한글 글"),
        ("http https www", "http https www"),
        ("https:// www.", "https www"),
        ("xhttps://example.org awww.x", "xhttps example org awww x"),
    ],
)
def test_url_prefixes_and_fillers_are_not_tokens(text, tokens):
    assert tokenize(text) == tokens


@pytest.mark.parametrize("digit", ["\U0001e4f0", "\U00011de0"], ids=["Unicode 15", "Unicode 17"])
def test_digit_that_python_does_not_know_stays_as_it_is(digit):
    value = str(unicodedata.decimal(digit, digit))
    assert tokenize(f"a{digit}") == f"a{value}"


@given(written)
def test_folding_twice_changes_nothing(text):
    for token in tokenize(text).split():
        assert fold(token) == token


@given(written.filter(str.isascii) | st.text("htp:/w.s "))
def test_fast_path_for_ascii_gives_the_same_tokens(text):
    assert tokenize(text) == tokenize(f"{text} é").removesuffix("e").rstrip()


@given(written)
def test_spans_of_tokens_are_in_the_text(text):
    for piece in segment(text):
        for token, (start, end) in zip(piece.tokens, piece.spans, strict=True):
            assert token and 0 <= start < end <= len(text)


@pytest.mark.parametrize("piece", ["a\u00ad", "\u200b", "é\u200c", "東\u200b", "http://", "www.", "e\u0301", "٢", "€"])
def test_time_is_bounded(piece):
    with affordable(piece, 4 * BUDGET):
        tokenize(piece * 20_000)
