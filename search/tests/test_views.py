import re

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory
from posts.reactions.services import bookmark_post
from posts.tests.factories import PostFactory
from relationships.services import follow_user

pytestmark = pytest.mark.django_db


def page_of(client, **query):
    response = client.get("/search", query)
    assert response.status_code == 200
    return response.content.decode()


def bodies_of(page):
    return re.findall(r'<[^>]+ id="post\d+"[^>]*>(.*?)</span>', page, re.DOTALL)


class TestPage:
    def test_hits_are_marked_and_other_text_is_escaped(self, ana_client, ana):
        PostFactory(author=ana, body='<b>Tea</b> & "tea" at https://example.org/tea?a=1&b=2 with @ana #tea')
        page = page_of(ana_client, q="TEA")
        (body,) = bodies_of(page)
        assert body == (
            "&lt;b&gt;<mark>Tea</mark>&lt;/b&gt; &amp; &quot;<mark>tea</mark>&quot; at "
            '<a href="https://example.org/tea?a=1&amp;b=2" rel="nofollow ugc noopener" dir="ltr">'
            "example.org/<mark>tea</mark>?a=1&amp;b=2</a> with "
            '<a href="/user/ana" dir="auto">@ana</a> <a href="/search?q=%23tea" dir="auto">#<mark>tea</mark></a>'
        )
        assert "1 post" in page

    @pytest.mark.parametrize(
        ("body", "text", "marked"),
        [
            ("Tea for two, two for tea", '"for two"', ["for two"]),
            ("I like #Tea not tea", "#tea", ["#Tea"]),
            ("我喜欢搜索引擎", "搜索引擎", ["搜索引擎"]),
            ("我喜欢搜索引擎", "索", ["索"]),
            ("Cafés and caféteria", "cafes", ["Cafés"]),
            ("amp lt &lt; &", "amp", ["amp"]),
            ("w Łodzi, Łódź", "lodz", ["Łódź"]),
            ("foot\u00adball", "football", ["foot\u00adball"]),
            ("عام ٢٠٢٤", "2024", ["٢٠٢٤"]),
            ("#il·lusió il", "#illusio", ["#il·lusió"]),
            ("https://example.org/p?x", "http://example.org", ["example.org"]),
            ("https://example.org/p?x", "example.org", ["example.org"]),
            ("https://www.example.org/p?x", "https://www.example.org/p", ["example.org/p"]),
            ("https://example.org:80.", "https://www.example.org", ["example.org"]),
            ("one two three two", "two three", ["two", "three", "two"]),
        ],
    )
    def test_matches_are_marked(self, ana_client, ana, body, text, marked):
        PostFactory(author=ana, body=body)
        page = page_of(ana_client, q=text)
        assert re.findall(r"<mark>(.*?)</mark>", page) == marked

    def test_matches_in_people_are_marked(self, ana_client):
        UserFactory(about_me="Tea & biscuits")
        page = page_of(ana_client, q="biscuit", type="people")
        assert "Tea &amp; <mark>biscuit</mark>s" in page
        assert "1 person" in page

    def test_query_stays_in_the_fields_and_in_the_links(self, ana_client, ana, settings):
        settings.POSTS_PER_PAGE = 2
        for number in range(5):
            PostFactory(author=ana, body=f'a "quoted" & word {number}')
        text = '"quoted" & word'
        page = page_of(ana_client, q=text, page=2)
        assert page.count('value="&quot;quoted&quot; &amp; word"') == 1
        assert 'href="?q=%22quoted%22+%26+word&amp;page=1" rel="prev"' in page
        assert 'href="?q=%22quoted%22+%26+word&amp;page=3" rel="next"' in page
        assert "Previous results" in page and "Next results" in page
        assert "5 posts" in page
        assert len(bodies_of(page)) == 2
        last = page_of(ana_client, q=text, page=3)
        assert 'rel="next"' not in last
        assert len(bodies_of(last)) == 1

    @pytest.mark.parametrize("page", ["0", "-1", "one", "", "1.5", "9" * 400])
    def test_invalid_page_number_shows_the_first_page(self, ana_client, ana, page):
        PostFactory(author=ana, body="word")
        assert "<mark>" in page_of(ana_client, q="word", page=page)

    @pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "   "}])
    def test_empty_query_redirects_to_explore(self, ana_client, query):
        assert ana_client.get("/search", query)["Location"] == "/explore"

    def test_visitors_are_sent_to_sign_in_and_back(self):
        assert Client().get("/search?q=tea")["Location"] == "/auth/login?next=/search%3Fq%3Dtea"

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ({"q": "nosuchword"}, "Nothing found"),
            ({"q": "nosuchword", "type": "people"}, "The beginning of a word is enough"),
            ({"q": "!?"}, "No words to search for"),
            ({"q": "tea from:missing"}, "There is no user called missing."),
            ({"q": "tea", "page": 999999999}, "There is nothing on this page"),
            ({"q": "tea " + "and more " * 100}, "This search is too long"),
        ],
    )
    def test_page_without_hits_gives_the_reason_and_hints(self, ana_client, ana, query, says):
        PostFactory(author=ana, body="tea")
        page = page_of(ana_client, **query)
        assert says in page
        assert "<article" not in page

    def test_field_is_on_all_pages_of_members_and_none_of_visitors(self, ana_client):
        for path in ("/", "/explore", "/user/ana", "/about", "/search?q=x"):
            assert 'action="/search" role="search"' in ana_client.get(path).content.decode()
        assert 'action="/search"' not in Client().get("/about").content.decode()

    @pytest.mark.parametrize(
        ("kind", "text"),
        [("posts", "word from:ana from:person1 -from:ana"), ("posts", "in:bookmarks -from:ana"), ("people", "word")],
    )
    def test_costs_the_same_with_one_row_and_with_fifty(
        self, ana_client, ana, settings, kind, text, django_assert_max_num_queries
    ):
        settings.POSTS_PER_PAGE = 50
        counts = []
        for more in (1, 49):
            for person in UserFactory.create_batch(more, about_me="word"):
                bookmark_post(PostFactory(author=person, body="word"), actor=ana)
                follow_user(person, actor=ana)
            with django_assert_max_num_queries(6) as queries:
                page_of(ana_client, q=text, type=kind)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_form_on_the_page_of_bookmarks_searches_them(self, ana_client, ana, bob, settings):
        settings.POSTS_PER_PAGE = 1
        assert "Search your bookmarks" not in ana_client.get("/bookmarks").content.decode()
        for number in range(3):
            post = PostFactory(author=bob, body=f"tea {number}")
            if number:
                bookmark_post(post, actor=ana)
        page = ana_client.get("/bookmarks").content.decode()
        (form,) = re.findall(r'<form class="mb-filter" method="get" action="/search".*?</form>', page, re.DOTALL)
        fields = [re.search(f'{name}="([^"]*)"', form)[1] for name in ("type", "name", "value")]
        assert (fields, form.count('name="q"')) == (["hidden", "q", "in:bookmarks"], 2)
        page = page_of(ana_client, q=["in:bookmarks", "tea"])
        assert "2 posts" in page and 'value="in:bookmarks tea"' in page
        assert 'href="?q=in%3Abookmarks+tea&amp;page=2" rel="next"' in page
        assert bodies_of(page) == ["<mark>tea</mark> 2"]
        assert len(bodies_of(page_of(ana_client, q="in:bookmarks"))) == 1
        assert "Nothing found" in page_of(ana_client, q=["in:bookmarks", "coffee"])
