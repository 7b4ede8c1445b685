"""Behaviour that all engines share."""

import pytest

from accounts.services import change_username, deactivate_user, restore_user
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.reactions.services import bookmark_post
from posts.services import delete_post, edit_post, hide_post, restore_post
from posts.tests.factories import PostFactory
from relationships.services import block_user
from search.services import search_blog, search_people, search_posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(engine):
    return UserFactory(username="ana", about_me="Keeps bees and reads maps.")


def bodies(text, viewer, **options):
    return sorted(post.body for post in search_posts(text, viewer=viewer, **options).items)


def names(text, viewer):
    return [person.username for person in search_people(text, viewer=viewer).items]


FOUND = [
    ("The quick brown fox", "quick", True),
    ("The quick brown fox", "QUICK fox", True),
    ("The quick brown fox", "quick dog", False),
    ("The quick brown fox", "quic", False),
    ("The quick brown fox", '"quick brown"', True),
    ("The quick brown fox", '"brown quick"', False),
    ("The quick brown fox", "“quick brown”", True),
    ("The quick brown fox", "quick -fox", False),
    ("The quick brown fox", "quick -dog", True),
    ("The quick brown fox", 'quick -"brown fox"', False),
    ("The quick brown fox", 'quick -"fox brown"', True),
    ("The quick brown fox", "-fox", True),
    ("The quick brown fox", '"quick brown', True),
    ("The quick brown fox", "quick AND fox", False),
    ("Don't stop", "don't", True),
    ("Don't stop", "dont", False),
    ("Un café con leche", "cafe", True),
    ("Un cafe con leche", "CAFÉ", True),
    ("Über die Straße", "uber strasse", True),
    ("Привет, мир", "привет", True),
    ("see example.com/path", "example.com", True),
    ("in 2026 we", "2026", True),
    ("ｆｕｌｌ ｗｉｄｔｈ", "full width", True),
    ("我喜欢搜索引擎的文章", "搜索", True),
    ("我喜欢搜索引擎的文章", "搜索引擎", True),
    ("我喜欢搜索引擎的文章", "引擎搜索", False),
    ("我喜欢搜索引擎的文章", "章", True),
    ("我喜欢搜索引擎的文章", "我", True),
    ("我喜欢搜索引擎的文章", "书", False),
    ("新iPhone手机壳", "iPhone手机", True),
    ("新iPhone手机壳", '"手机壳"', True),
    ("東京タワーに行った", "タワー", True),
    ("한국어 검색을 합니다", "검색", True),
    ("สวัสดีชาวโลก", "สวัสดี", True),
    ("हिन्दी में खोज", "खोज", True),
    ("أُحِبُّ القَهْوَةَ صباحًا", "القهوة", True),
    ("احب القهوه", "القهوة", True),
    ("مدرســة", "مدرسة", True),
    ("إلى أين", "الى اين", True),
    ("We landed 🚀 today", "🚀", True),
    ("We landed 🚀 today", "🌙", False),
    ("News about #Gardening and #big_things", "#gardening", True),
    ("News about #Gardening and #big_things", "gardening", True),
    ("News about #Gardening and #big_things", "#big_things", True),
    ("News about #Gardening and #big_things", "#news", False),
    ("看 #中文标签 吧", "#中文标签", True),
    ("看 #中文标签 吧", "标签", True),
    ("#نرم‌افزار آزاد", "#نرم‌افزار", True),
    ("#نرم‌افزار آزاد", "#نرم_افزار", True),
    ("#نرم‌افزار آزاد", "#نرم", False),
    ("#نرم‌افزار آزاد", "نرم‌افزار", True),
    ("una #il·lusió", "#illusio", True),
    ("una #il·lusió", "＃IL·LUSIÓ", True),
    ("una #il·lusió", "#il", False),
    ("﹟スター・ウォーズ だ", "#スターウォーズ", True),
    ("﹟スター・ウォーズ だ", "#ｽﾀｰ･ｳｫｰｽﾞ", True),
    ("﹟スター・ウォーズ だ", "#スター", False),
    ("＃foot\u00adball now", "#football", True),
    ("It costs 50% of $5 (really)", "50% $5", True),
    ("x" * 139, "x" * 139, True),
    ("W Łodzi i Łódź", "lodz", True),
    ("do lodz", "ŁÓDŹ", True),
    ("i København", "kobenhavn", True),
    ("kobenhavn", "København", True),
    ("ở Đà Nẵng", "da nang", True),
    ("Æther og æble", "aether", True),
    ("une œuvre", "oeuvre", True),
    ("L'OEUVRE", "œuvre", True),
    ("Þór kom", "thor", True),
    ("Guðrún", "gudrun", True),
    ("Ħamrun, Malta", "hamrun", True),
    ("IŞIK SÖNDÜ", "ışık", True),
    ("ışık yandı", "IŞIK", True),
    ("ışık yandı", "isik", True),
    ("İstanbul'da", "istanbul", True),
    ("foot\u00adball", "football", True),
    ("tennis\u200bball", "tennisball", True),
    ("hand\u2060ball", "handball", True),
    ("netball now", "net\u00adball", True),
    ("\u00adba\u200bs\u2060ket\u00ad\u200b", "basket", True),
    ("東\u200b京都", "東京都", True),
    ("葛\U000e0100城", "葛城", True),
    ("क\u094d\u200dष", "क\u094dष", True),
    ("می\u200cخواهم", "می خواهم", True),
    ("عام ٢٠٢٤", "2024", True),
    ("سال ۲۰۲۵", "٢٠٢٥", True),
    ("in 2026 we", "٢٠٢٦", True),
    ("ปี ๒๕๖๗", "2567", True),
    ("ปี2568นี้", "๒๕๖๘", True),
    ("ปี2568นี้", "นี้", True),
    ("to https://example.org/p now", "http://example.org", True),
    ("to https://example.org/p now", "example.org", True),
    ("to https://example.org/p now", "https://www.example.org/p", True),
    ("to https://example.org/p now", "WWW.EXAMPLE.ORG", True),
    ("to https://example.org/p now", "https://example.org/q", False),
    ("to https://example.org/p now", "https://example.org/p/", True),
    ("on www.example.net", "https://example.net/", True),
    ("看https://例え.jp/x", "http://www.例え.jp", True),
    ("the http protocol, www and https", "http", True),
    ("the http protocol, www and https", "www https", True),
]


@pytest.mark.usefixtures("engine")
def test_words_match_as_people_write_them(author, settle):
    """All cases share one index, since building it takes longer than searching it."""
    for body in dict.fromkeys(body for body, _text, _is_found in FOUND):
        PostFactory(author=author, body=body)
    settle()
    wrong = [
        (body, text, is_found)
        for body, text, is_found in FOUND
        if (body in bodies(text, author, size=100)) != is_found
    ]
    assert not wrong
    assert not search_posts("quick", viewer=author).is_fallback


class TestOperators:
    def test_from_matches_current_and_former_usernames(self, author, settle):
        bea = UserFactory(username="bea")
        PostFactory(author=author, body="tea for one")
        PostFactory(author=bea, body="tea for two")
        change_username(bea, "beatrice")
        settle()
        assert bodies("from:ana", author) == ["tea for one"]
        assert bodies("tea from:Beatrice", author) == bodies("tea from:＠bea", author) == ["tea for two"]
        assert bodies("tea from:@bea", author) == ["tea for two"]
        assert bodies("tea -from:ana", author) == ["tea for two"]
        assert len(bodies("tea from:ana from:bea", author)) == 2
        results = search_posts("tea from:missing", viewer=author)
        assert (results.items, results.unknown_authors) == ([], ["missing"])

    @pytest.mark.parametrize("text", ["from:", "from: ana", 'from:"ana"', "from:!"])
    def test_malformed_operators_are_plain_words(self, author, settle, text):
        PostFactory(author=UserFactory(), body="a postcard from ana!")
        settle()
        assert bodies(text, author) == ["a postcard from ana!"]


class TestFollowing:
    def test_edits_deletions_and_hiding_update_the_index(self, author, settle):
        post, other = (
            PostFactory(author=author, body="an old word"),
            PostFactory(author=author, body="another old word"),
        )
        reader = UserFactory()
        settle()
        edit_post(post, body="a new word")
        settle()
        assert (bodies("old", reader), bodies("new", reader)) == (["another old word"], ["a new word"])
        hide_post(post, actor=reader, reason="Spam")
        delete_post(other)
        settle()
        for viewer in (reader, author):
            results = search_posts("word", viewer=viewer)
            assert (results.items, results.total) == ([], 0)
        restore_post(post, actor=reader)
        settle()
        assert bodies("word", reader) == ["a new word"]

    def test_posts_follow_the_visibility_of_their_author(self, author, settle, monkeypatch):
        monkeypatch.setattr("search.indexing.SLICE", 2)
        reader = UserFactory()
        for number in range(5):
            PostFactory(author=author, body=f"number {number}")
        settle()
        deactivate_user(author, actor=reader)
        settle()
        assert search_posts("number", viewer=reader).total == 0
        assert names("ana", reader) == []
        restore_user(author, actor=reader)
        settle()
        assert search_posts("number", viewer=reader).total == 5
        assert names("ana", reader) == ["ana"]

    def test_bulk_changes_update_the_index(self, author, settle):
        posts = [PostFactory(author=author, body=f"bulk {number}") for number in range(3)]
        settle()
        Post.objects.filter(pk=posts[0].pk).update(body="changed at once")
        posts[1].body = "changed in bulk"
        Post.objects.bulk_update([posts[1]], ["body"])
        Post.objects.filter(pk=posts[2].pk).delete()
        Post.objects.bulk_create([Post(author=author, body="made in bulk", body_html="", renderer_version=0)])
        settle()
        assert bodies("bulk", author) == ["changed in bulk", "made in bulk"]
        assert bodies("changed", author) == ["changed at once", "changed in bulk"]

    def test_changed_username_and_about_me_update_the_index(self, author, settle):
        settle()
        change_username(author, "anastasia")
        author.about_me = "Plays the harp."
        author.save(update_fields=["about_me"])
        settle()
        assert names("bees", author) == []
        assert names("harp", author) == names("anast", author) == ["anastasia"]
        author.delete()
        settle()
        assert names("harp", UserFactory()) == []


class TestPeople:
    def test_prefixes_match_and_the_exact_name_comes_first(self, author, settle):
        for name in ("ana_maria", "joana", "banana", "ana.b", "李小龙"):
            UserFactory(username=name)
        UserFactory(username="zoe", about_me="Anatomist")
        settle()
        found = names("ana", author)
        assert found[0] == "ana"
        assert sorted(found) == ["ana", "ana.b", "ana_maria", "zoe"]
        assert names("@joana", author) == names("＠joana", author) == ["joana"]
        assert names("小龙", author) == ["李小龙"]
        assert names("from:joana", author) == ["joana"]

    def test_people_show_whether_the_viewer_follows_them(self, author, settle):
        settle()
        (found,) = search_people("ana", viewer=UserFactory()).items
        assert found.is_followed is False


class TestPaging:
    def test_pages_hold_each_post_once_with_a_constant_total(self, author, settle):
        written = [PostFactory(author=author, body=f"page {number}").pk for number in range(7)]
        settle()
        pages = [search_posts("page", viewer=author, page=number, size=3) for number in (1, 2, 3, 4)]
        assert [len(page.items) for page in pages] == [3, 3, 1, 0]
        assert [page.total for page in pages] == [7] * 4
        assert [page.has_next for page in pages] == [True, True, False, False]
        assert sorted(post.pk for page in pages for post in page.items) == written
        assert pages[3].is_past_last_page

    def test_paging_ends_at_the_last_hit(self, author, settle, monkeypatch):
        monkeypatch.setattr("search.services.LAST_HIT", 4)
        for number in range(6):
            PostFactory(author=author, body=f"page {number}")
        settle()
        pages = [search_posts("page", viewer=author, page=number, size=2) for number in (2, 3, 10**6)]
        assert [len(page.items) for page in pages] == [2, 0, 0]
        assert [page.is_past_last_page for page in pages] == [False, True, True]

    def test_hits_of_frequent_words_are_counted_up_to_a_limit(self, author, settle, monkeypatch):
        for module in ("database", "elasticsearch"):
            monkeypatch.setattr(f"search.engines.{module}.COUNTED", 5)
        for number in range(8):
            PostFactory(author=author, body=f"word {number}")
        settle()
        first, last = (search_posts("word", viewer=author, page=number, size=3) for number in (1, 3))
        assert (first.total, first.is_more, first.has_next) == (5, True, True)
        assert (len(last.items), last.has_next) == (2, False)


NASTY = [
    '"',
    '""',
    '"""',
    "'",
    "'; DROP TABLE posts_post; --",
    "\\",
    "%",
    "_",
    "*",
    "a*",
    "?",
    "/.*/",
    "(a|b)+",
    "[a-z",
    "a AND (b OR",
    "NOT",
    "NEAR(a b)",
    "body:a",
    "a^2~",
    "{!lucene}",
    "tokens:a",
    "a & !b | c <-> d:*",
    "':*",
    "\x00",
    "a\x00b",
    "\ufeff",
    "🚀" * 30,
    "👩‍👩‍👧‍👦",
    "-",
    "--",
    '-"',
    "#",
    "##a",
    "#-",
    "from:\x00",
    "from:" + "a" * 300,
    "from:from:a",
    "e" + "\u0301" * 2_000,
    "x" * 10_000,
    "word " * 2_000,
    "-no " * 500,
    "#tag " * 500,
    "from:ana " * 500,
    "中" * 10_000,
    "\u202e\u2066",
    "½ ㎏ ﷺ ﬁ İ ı ß",
    "\U000e0041",
]


def test_no_query_breaks_a_search(author, settle, client):
    client.force_login(author)
    settle()
    for text in NASTY:
        for kind in ("posts", "people", "blog"):
            response = client.get("/search", {"q": text, "type": kind})
            if response.status_code == 200:
                assert not response.context["results"].is_fallback, text[:40]
            else:
                assert response.status_code == 302, text[:40]


def test_replies_are_found_by_what_they_are(author, settle):
    start = PostFactory(author=author, body="honey is:reply")
    reply = PostFactory(body="honey too", reply_to=start.pk)
    settle()
    for text, found in [
        ("is:reply", [reply.body]),
        ("honey is:reply", [reply.body]),
        ("honey -IS:reply", [start.body]),
        ("honey from:ana is:reply", []),
        ('"is:reply"', [start.body]),
    ]:
        assert bodies(text, author) == found, text
    assert names("ana is:reply", author) == []


def test_own_bookmarks_are_found(author, settle):
    bob = UserFactory(username="bob")
    first, second, third = (PostFactory(author=bob, body=f"honey {word}") for word in ("one", "two", "three"))
    reply = PostFactory(author=author, body="no bees", reply_to=first.pk)
    for post in (first, second, reply):
        bookmark_post(post, actor=author)
    bookmark_post(third, actor=bob)
    settle()
    for text, found in [
        ("in:bookmarks", [first, second, reply]),
        ("honey IN:bookmarks", [first, second]),
        ("in:bookmarks -two", [first, reply]),
        ("in:bookmarks -two -from:bob", [reply]),
        ("in:bookmarks from:bob -is:reply", [first, second]),
        ("in:bookmarks three", []),
        ('"in:bookmarks"', []),
        ("honey -in:bookmarks", [first, second, third]),
    ]:
        assert bodies(text, author) == sorted(post.body for post in found), text
    assert bodies("in:bookmarks", bob) == [third.body]
    assert bodies("in:bookmarks", UserFactory()) == []
    assert names("ana in:bookmarks", author) == names("in:bookmarks", author) == []
    assert search_blog("in:bookmarks", viewer=author).items == []
    block_user(bob, actor=author)
    results = search_posts("in:bookmarks", viewer=author)
    assert ([post.body for post in results.items], results.total) == ([reply.body], 1)


def test_pages_of_bookmarks_are_complete(author, settle):
    posts = PostFactory.create_batch(9, body="honey")
    for post in posts[::2]:
        bookmark_post(post, actor=author)
    settle()
    pages = [search_posts("honey in:bookmarks", viewer=author, page=page, size=2) for page in (1, 2, 3)]
    assert [[post.pk for post in page.items] for page in pages] == [
        [posts[8].pk, posts[6].pk],
        [posts[4].pk, posts[2].pk],
        [posts[0].pk],
    ]
    assert [(page.total, page.has_next) for page in pages] == [(5, True), (5, True), (5, False)]
