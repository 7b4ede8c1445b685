import pytest

from microblog.core.links import find_links, link_urls


def urls(text):
    return [url for _start, _end, url in find_links(text) if url]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://x.org/e: text", "https://x.org/e"),
        ("*https://x.org/e*", "https://x.org/e"),
        ("**https://x.org/e**: text", "https://x.org/e"),
        ("_https://x.org/e_", "https://x.org/e"),
        ("__https://x.org/e__.", "https://x.org/e"),
        ("https://x.org/e_", "https://x.org/e"),
        ("~~https://x.org/e~~", "https://x.org/e"),
        ("https://x.org/e…", "https://x.org/e"),
        ("https://x.org/e— text", "https://x.org/e"),
        ("https://x.org/e – text", "https://x.org/e"),
        ("`https://x.org/e`", "https://x.org/e"),
        ("|https://x.org/e|", "https://x.org/e"),
        ("(see https://x.org/e_(f)_)", "https://x.org/e_(f)"),
        ("https://x.org/e.*", "https://x.org/e"),
        ("https://x.org_ text", "https://x.org"),
        ("example.org/e* text", "https://example.org/e"),
        ("https://x.org/a_b*c~d:e/", "https://x.org/a_b*c~d:e/"),
        ("https://x.org/Foo–Bar", "https://x.org/Foo–Bar"),
        ("https://x.org/?a=", "https://x.org/?a="),
    ],
)
def test_punctuation_around_a_url_stays_outside(text, url):
    assert urls(text) == [url]


@pytest.mark.parametrize("invisible", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u2063", "\u3164", "\U000e0061"])
def test_invisible_characters_end_a_url(invisible):
    assert urls(f"https://x.org/e{invisible}text") == ["https://x.org/e"]


@pytest.mark.parametrize("path", ["نرم\u200cافزار", "\U0001f469\u200d\U0001f680", "❤\ufe0f"])
def test_joiners_and_variants_of_letters_are_part_of_a_url(path):
    assert urls(f"https://x.org/{path} text") == [f"https://x.org/{path}"]


@pytest.mark.parametrize(
    "url",
    ["https://my_blog.example.com/x", "https://my_blog.example.com", "http://_dmarc.example.com/_x", "https://a_b:80/"]
    + [
        "https://www.l·l.cat",
        "https://www.col·lectiu.cat/x?y",
        "https://スター・ウォーズ.jp/",
        "https://www.צה״ל.com/",
    ],
)
def test_url_is_linked_whole_or_not_at_all(url):
    assert urls(f"see {url}, and") == [url]


def test_host_without_a_scheme_is_not_cut():
    assert urls("www.col·lectiu.com") == ["https://www.col·lectiu.com"]
    assert urls("my_blog.example.com") == []


@pytest.mark.parametrize("text", ["http://_", "https://…", "http://*", "https://_@example.com/", "a_b@example.org"])
def test_what_leads_nowhere_is_text(text):
    assert urls(text) == []


def test_text_around_links_is_escaped():
    assert link_urls('<b> *https://x.org/?a&b* "') == (
        '&lt;b&gt; *<a href="https://x.org/?a&amp;b" rel="nofollow ugc noopener" dir="ltr">x.org/?a&amp;b</a>* &quot;'
    )
