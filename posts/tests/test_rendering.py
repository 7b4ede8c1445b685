from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.validators import fold_username
from microblog.core.links import MAX_LINK_LENGTH
from posts.rendering import TAG, find_mentions, find_tags, mentioned_names, render_body
from tests.helpers.cost import BUDGET, affordable

PEOPLE = {
    fold_username(name): f"/user/{name}" for name in ("ana", "李娜", "josé", "j.-b", "_", "अनिता", "keiko", "민지")
}
BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

pieces = st.sampled_from(
    [
        "@ana",
        "@李娜さん",
        "@ana-b_",
        "＠ana",
        "#news",
        "＃il·lu\u200cs",
        "#",
        "@",
        "ana",
        "https://",
        "HTTP://",
        "ftp://",
        "mailto:",
        "//",
        "x.org",
        "/@ana",
        "?q=1&b=<",
        "a@b",
    ]
    + ["<script>", "</a>", '"', "'", "&lt;", ".", "-", "_", "(", ")", " ", "\n", "。", "javascript:", *BIDI_CONTROLS]
)
bodies = st.lists(pieces | st.text(max_size=5), max_size=30).map("".join)


class Links(HTMLParser):
    """Reads rendered HTML into ("text", text), ("br",) and ("a", attributes, text); refuses anything else."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found, self.attributes = [], None
        self.feed(html)
        self.close()
        assert self.attributes is None, "unclosed link"

    def handle_starttag(self, tag, attributes):
        assert self.attributes is None, f"{tag} in a link"
        if tag == "a":
            self.attributes = dict(attributes)
            self.text = ""
        else:
            assert (tag, attributes) == ("br", [])
            self.found.append(("br",))

    def handle_data(self, text):
        if self.attributes is None:
            self.found.append(("text", text))
        else:
            self.text += text

    def handle_endtag(self, tag):
        assert tag == "a"
        self.found.append(("a", self.attributes, self.text))
        self.attributes = None

    def unexpected(self, *args):
        raise AssertionError(args)

    handle_comment = handle_decl = handle_pi = unknown_decl = handle_startendtag = unexpected


def render(body):
    return render_body(body, mention_urls=PEOPLE)


def links(body):
    return [(found[1]["href"], found[2]) for found in Links(render(body)).found if found[0] == "a"]


@settings(deadline=None)  # the first example may load all URLs
@given(bodies)
def test_rendered_html_holds_the_text_and_nothing_but_safe_links_and_line_breaks(body):
    rest = body
    for kind, *content in Links(render(body)).found:
        if kind == "br":
            shown = "\n"
        elif kind == "text":
            shown = content[0]
        else:
            attributes, shown = content
            assert shown and not set(shown) & set(BIDI_CONTROLS)
            if attributes["href"] in PEOPLE.values():
                assert attributes == {"href": PEOPLE[fold_username(shown[1:])], "dir": "auto"}
                assert shown.startswith(("@", "＠"))
            elif attributes["href"].startswith("/search"):
                assert attributes == {"href": f"/search?q=%23{quote(shown[1:])}", "dir": "auto"}
                assert TAG.fullmatch(shown)
            else:
                scheme, _, text = attributes["href"].partition("://")
                assert scheme.lower() in ("http", "https") and text == shown
                assert "@" not in text.partition("/")[0].partition("?")[0].partition("#")[0]
                assert attributes == {"href": attributes["href"], "rel": "nofollow ugc noopener", "dir": "ltr"}
                if rest.startswith(attributes["href"]):
                    rest = rest.removeprefix(scheme + "://")
        assert rest.startswith(shown)
        rest = rest.removeprefix(shown)
    assert rest == ""


class Everybody(Mapping):
    """Everyone who could be mentioned exists."""

    def __getitem__(self, name):
        return f"/user/{name}"

    def __iter__(self):
        raise NotImplementedError

    __len__ = __iter__


@settings(deadline=None)
@given(bodies)
def test_find_mentions_returns_every_name_that_can_become_a_link(body):
    found = {fold_username(name): f"/user/{fold_username(name)}" for name in find_mentions(body)}
    assert render_body(body, mention_urls=found) == render_body(body, mention_urls=Everybody())


def test_markup_is_shown_as_text():
    assert render("<b>1 < 2</b> & \"'") == "&lt;b&gt;1 &lt; 2&lt;/b&gt; &amp; &quot;&#x27;"
    assert render("ftp://example.org/?a&b") == "ftp://example.org/?a&amp;b"


def test_line_breaks_are_kept():
    assert render("one\ntwo\n\nthree") == "one<br>two<br><br>three"


@pytest.mark.parametrize(
    ("body", "link"),
    [
        ("see https://example.org/a?b=1&c=2#d.", ("https://example.org/a?b=1&c=2#d", "example.org/a?b=1&c=2#d")),
        ("(http://example.org/a_(b))", ("http://example.org/a_(b)", "example.org/a_(b)")),
        ("HTTPS://EXAMPLE.org/X", ("HTTPS://EXAMPLE.org/X", "EXAMPLE.org/X")),
        ("on example.org/x, yes", ("https://example.org/x", "example.org/x")),
        ("www.example.de/x", ("https://www.example.de/x", "www.example.de/x")),
        ("Example.COM?q=1", ("https://Example.COM?q=1", "Example.COM?q=1")),
        ("www.example.com", ("https://www.example.com", "www.example.com")),
        ("http://localhost:8000/", ("http://localhost:8000/", "localhost:8000/")),
        ("https://例え.jp/パス。次", ("https://例え.jp/パス", "例え.jp/パス")),
        ("看https://example.org/x，好", ("https://example.org/x", "example.org/x")),
        ("看 https://example.org/x，好", ("https://example.org/x", "example.org/x")),
        ("انظر https://example.org/x، شكرا", ("https://example.org/x", "example.org/x")),
        ("“https://example.org/x”", ("https://example.org/x", "example.org/x")),
        ("https://x.org/@ana", ("https://x.org/@ana", "x.org/@ana")),
        ("https://x.org/a/b@c", ("https://x.org/a/b@c", "x.org/a/b@c")),
        ("https://x.org?q=a@b", ("https://x.org?q=a@b", "x.org?q=a@b")),
        ('https://x.org/it\'s?a="b"<b>', ('https://x.org/it\'s?a="b"', 'x.org/it\'s?a="b"')),
    ],
)
def test_urls_become_links(body, link):
    assert links(body) == [link]


@pytest.mark.parametrize(
    "body",
    [
        "javascript:alert(1)",
        "JavaScript://example.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.org/x",
        "//example.org/x",
        "mailto:ana@example.org",
        "jo.do@example.org",
        "README.md and setup.py",
        "It is done.It was hard.At last.So be it.",
        "example.com.py",
        "https://example.org@example.com/",
        "https://example.org:80@example.com/",
        "https://example.org\\@example.com/",
        "ftp://example.org/ @",
        "https://example.org/" + "x" * MAX_LINK_LENGTH,
    ],
)
def test_other_urls_and_email_addresses_stay_text(body):
    assert links(body) == []
    assert "<a" not in render(body)


@pytest.mark.parametrize("control", BIDI_CONTROLS)
def test_a_link_ends_before_a_character_that_turns_the_direction_of_text(control):
    assert links(f"https://example.org/{control}gro.elpmaxe") == [("https://example.org/", "example.org/")]


@pytest.mark.parametrize(
    ("body", "mentions"),
    [
        ("@ana", ["@ana"]),
        ("Hi @ANA, @josé!", ["@ANA", "@josé"]),
        ("Thanks, @ana.", ["@ana"]),
        ("@ana- (@ana) @ana's @ana… @ana?", ["@ana"] * 5),
        ("@j.-b.-", ["@j.-b"]),
        ("@ａｎａ", ["@ａｎａ"]),
        ("＠ana ＠josé", ["＠ana", "＠josé"]),
        ("_@ana_ *@ana* __@ana__ ~@ana~", ["@ana"] * 4),
        ("@ana_ @ana-san @ana...ok @ana.b @ana-- @ana__b", ["@ana"] * 6),
        ("@j.-b.c @j.-b_", ["@j.-b"] * 2),
        ("@_ @अनिता", ["@_", "@अनिता"]),
        ("@李娜 @李娜。", ["@李娜"] * 2),
        ("谢谢@ana的帮助", ["@ana"]),
        ("@keikoさん、@李娜さん", ["@keiko", "@李娜"]),
        ("@ana님", ["@ana"]),
        ("@민지さん", ["@민지"]),
        ("@keiko-さん", ["@keiko"]),
        ("\u202e@ana\u202c", ["@ana"]),
        ("\n@ana\n", ["@ana"]),
    ],
)
def test_usernames_become_links_to_profiles(body, mentions):
    assert links(body) == [(PEOPLE[fold_username(mention[1:])], mention) for mention in mentions]


@pytest.mark.parametrize(
    "body",
    ["@unknown", "ana", "@ ana", "a@ana", "é@ana", "1@ana", "a_@ana", "@@ana", "＠@ana", "x/@ana"]
    + ["@ana@example.org", "@ana＠example.org", "@anaïs", "@.ana", "@-ana", "@ana.b@example.org"]
    + ["me@ana.example.org", "ftp://example.org/?@ana", "mailto:@ana@b.org", "@-"],
)
def test_other_names_stay_text(body):
    assert links(body) == []


def test_mentions_are_found_as_written_outside_links():
    assert find_mentions("@Ana, @bea.b. x@y https://x.org/?@z @zoe@example.org") == {"Ana", "bea.b", "bea"}


def test_only_the_longest_known_name_is_mentioned():
    body = "@ana-san, @ana_b @李娜さん"
    assert mentioned_names(body, {"ana", "李娜"}) == {"ana", "李娜"}
    assert mentioned_names(body, {"ana", "ana-san", "ana_b", "李娜", "李娜さん"}) == {"ana-san", "ana_b", "李娜さん"}


def test_name_of_a_deleted_user_is_not_a_mention():
    assert render_body("@ana-san", mention_urls={"ana": "/user/ana", "ana-san": ""}) == "@ana-san"


def test_name_longer_than_any_username_is_not_a_mention():
    assert find_mentions("@" + "a" * 64) == {"a" * 64}
    assert find_mentions("@" + "a" * 65) == set()


@pytest.mark.parametrize(
    "piece",
    ["@a", "@a.", "a.", "((a.b/", "http://a.b/(", "ftp://a/", "x.org ", "mailto:", "1.1.", "@李a", "-", "//"]
    + ["@a_-", "#a·", "#·", "#1·", "_", "＠_", "https://a_", "l·l.", "*_~"],
)
def test_rendering_time_is_bounded(piece):
    body = piece * (40_000 // len(piece))
    in_words = " ".join([body[: MAX_LINK_LENGTH - 1]] * (40_000 // MAX_LINK_LENGTH))
    with affordable(piece, 10 * BUDGET):
        for text in (body, in_words):
            render_body(text, mention_urls=dict.fromkeys(find_mentions(text), "/x"))


def test_scheme_in_the_middle_of_a_link_is_part_of_its_text():
    assert ">x.org//https://</a>" in render_body("x.org//https://", mention_urls={})


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        ("#news and #más_noticias, #看看。", ["news", "más_noticias", "看看"]),
        ("(#one) #two#three ##four", ["one", "two"]),
        ("#1 C# a#b &#39; #2024_goals #_", ["2024_goals"]),
        ("https://example.org/#here example.org/a#there", []),
        ("#" + "x" * 101, []),
        ("#हिन्दी #العربية", ["हिन्दी", "العربية"]),
        ("#نرم‌افزار و", ["نرم‌افزار"]),
        ("#il·lusió, #il·", ["il·lusió", "il"]),
        ("#スター・ウォーズ・ #ｽﾀｰ･ｳｫｰｽﾞ #東京・#大阪", ["スター・ウォーズ", "ｽﾀｰ･ｳｫｰｽﾞ", "東京", "大阪"]),
        ("#צה״ל #ג׳ירף #בית־ספר", ["צה״ל", "ג׳ירף", "בית־ספר"]),
        ("#foot\u00adball #foot\u200bball #foot\u2060ball", ["foot\u00adball", "foot\u200bball", "foot\u2060ball"]),
        ("#2024・目標 #1・2", ["2024・目標"]),
        ("#a\u202eb #\u200ba #·a", ["a"]),
        ("#" + "a·" * 51, []),
    ],
)
def test_tags_link_to_the_search_for_them(body, tags):
    found = [(text, href) for href, text in links(body) if href.startswith("/search")]
    assert found == [(f"#{tag}", f"/search?q=%23{quote(tag)}") for tag in tags]
    assert find_tags(body) == set(tags)


@pytest.mark.parametrize("sign", ["#", "＃", "﹟"])
def test_three_number_signs_start_a_tag(sign):
    assert links(f"看 {sign}タグ") == [("/search?q=%23" + quote("タグ"), f"{sign}タグ")]
    assert find_tags(f"{sign}タグ #{sign}two") == {"タグ"}
