import re

import pytest
from django.utils import timezone

from accounts.services import change_username, deactivate_user, suspend_user
from accounts.tests.factories import UserFactory
from blog.models import BODY_MAX_LENGTH, Entry, Publication, Snippet
from blog.services import edit_publication, hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from posts.models import Post
from relationships.services import block_user, mute_user

pytestmark = pytest.mark.django_db
DRAFT, PUBLIC = Publication.Status.DRAFT, Publication.Status.PUBLIC
KINDS = {"blog": EntryFactory, "snippets": SnippetFactory}
BOTH = pytest.mark.parametrize("place", KINDS)


def titles(response):
    assert response.status_code == 200
    return [row.title for row in response.context["page"].items]


def form_of(place, **values):
    return {"title": "A title", "body": "A text", "status": PUBLIC, **values}


@BOTH
class TestLists:
    def test_visitors_see_what_is_public_in_the_order_of_publication(self, client, place, mod):
        _first, draft, hidden = (KINDS[place](title=title) for title in ("first", "draft", "hidden"))
        edit_publication(draft, status=DRAFT)
        hide_publication(hidden, actor=mod, reason="spam")
        late = KINDS[place](title="late", status=DRAFT)
        KINDS[place](title="second")
        edit_publication(late, status=PUBLIC)
        for author, remove in ((UserFactory(), suspend_user), (UserFactory(), deactivate_user)):
            KINDS[place](author=author, title="removed")
            remove(author, actor="the site")
        assert titles(client.get(f"/{place}/")) == ["late", "second", "first"]

    def test_pages_are_complete_and_lead_back(self, client, place, settings):
        settings.POSTS_PER_PAGE = 2
        now = timezone.now()
        for number in range(5):
            KINDS[place](title=str(number), created_at=now)
        found, query = [], ""
        for _page in range(3):
            response = client.get(f"/{place}/{query}")
            found += titles(response)
            query = response.context["page"].older
        assert (found, query) == (["4", "3", "2", "1", "0"], "")
        back = client.get(f"/{place}/{response.context['page'].newer}")
        assert titles(back) == ["2", "1"]

    @pytest.mark.parametrize(
        "query", ["?before=9223372036854775807", "?after=9223372036854775807", "?before=0", "?before=x"]
    )
    def test_any_cursor_has_a_page(self, client, place, query):
        KINDS[place]()
        assert client.get(f"/{place}/{query}").status_code == 200

    def test_members_do_not_see_muted_and_blocked_people(self, ana_client, ana, place):
        muted, blocked = UserFactory(username="muted"), UserFactory(username="blocked")
        for author in (muted, blocked):
            KINDS[place](author=author, title=author.username)
        mute_user(muted, actor=ana)
        block_user(ana, actor=blocked)
        assert titles(ana_client.get(f"/{place}/")) == []
        assert titles(ana_client.get(f"/{place}/author/muted/")) == ["muted"]
        assert ana_client.get(f"/{place}/author/blocked/").status_code == 404

    def test_author_has_a_list(self, client, place):
        mine = KINDS[place](title="mine")
        KINDS[place]()
        username = mine.author.username
        assert titles(client.get(f"/{place}/author/{username.upper()}/")) == ["mine"]
        change_username(mine.author, "new_name")
        response = client.get(f"/{place}/author/{username}/")
        assert (response.status_code, response["Location"]) == (301, f"/{place}/author/new_name/")

    def test_drafts_are_listed_for_their_author(self, ana_client, ana, place):
        KINDS[place](author=ana, title="public")
        KINDS[place](author=ana, title="draft", status=DRAFT)
        KINDS[place](title="of another", status=DRAFT)
        assert titles(ana_client.get(f"/{place}/drafts/")) == ["draft"]
        assert "draft" not in titles(ana_client.get(f"/{place}/author/ana/"))

    @pytest.mark.parametrize("path", ["", "author/ana/", "drafts/"])
    def test_query_count_is_constant_and_small(self, ana_client, ana, place, path, django_assert_max_num_queries):
        counts = []
        block_user(UserFactory(), actor=ana)
        mute_user(UserFactory(), actor=ana)
        ana.refresh_from_db()
        for more in (1, 49):
            for _ in range(more):
                options = {"tags": ["one", "two"]} if place == "blog" else {}
                KINDS[place](author=ana, status=DRAFT if path == "drafts/" else PUBLIC, **options)
            with django_assert_max_num_queries(6) as queries:
                assert ana_client.get(f"/{place}/{path}").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_empty_lists_say_what_to_do(self, client, ana_client, place):
        for path in ("", "author/ana/", "drafts/"):
            page = ana_client.get(f"/{place}/{path}").content.decode()
            assert f'href="/{place}/create/"' in page.partition("mb-empty")[2]
        assert 'class="mb-empty"' in client.get(f"/{place}/author/ana/").content.decode()


class TestTags:
    def test_entries_with_a_tag_are_listed(self, client):
        EntryFactory(title="one", tags=["trains", "maps"])
        EntryFactory(title="two", tags=["maps"])
        assert titles(client.get("/blog/tag/maps/")) == ["two", "one"]
        assert titles(client.get("/blog/tag/trains/")) == ["one"]

    def test_tags_are_in_the_order_of_their_words(self, client):
        EntryFactory(tags=["zoo"])
        entry = EntryFactory(tags=["zoo", "ant", "bee"])
        for path in ("/blog/", entry.get_absolute_url(), "/latest.atom"):
            page = client.get(path).content.decode()
            assert re.findall(r"#(\w{3})</a>|category term=\"(\w{3})", page)[:3] in (
                [(tag, "") for tag in ("ant", "bee", "zoo")],
                [("", tag) for tag in ("ant", "bee", "zoo")],
            )

    def test_tag_without_visible_entries_is_not_found(self, client):
        EntryFactory(tags=["secret"], status=DRAFT)
        assert client.get("/blog/tag/secret/").status_code == client.get("/blog/tag/unknown/").status_code == 404

    def test_tags_are_words_separated_by_commas_of_any_script(self, ana_client):
        data = form_of("blog", tags="Night trains, #Maps،خرائط，地图, maps")
        ana_client.post("/blog/create/", data)
        assert {str(tag) for tag in Entry.objects.get().tags.all()} == {"night-trains", "maps", "خرائط", "地图"}

    def test_sixth_tag_is_refused(self, ana_client):
        response = ana_client.post("/blog/create/", form_of("blog", tags="a,b,c,d,e,f"))
        assert response.context["form"].errors == {"tags": ["An entry can have 5 tags. Please remove some."]}


@BOTH
class TestDetail:
    def test_public_text_is_readable_without_an_account(self, client, place, settings):
        settings.SITE_URL = "https://example.org"
        found = KINDS[place](title='A "title" <b>', body="Text & more of it")
        page = client.get(found.get_absolute_url()).content.decode()
        assert "Text &amp; more of it" in page
        assert f'<link rel="canonical" href="https://example.org{found.get_absolute_url()}">' in page
        assert '<meta name="description" content="Text &amp; more of it">' in page
        assert '<meta property="og:title" content="A &quot;title&quot; &lt;b&gt;">' in page
        assert "noindex" not in page
        ending = {"blog": "Blog", "snippets": "Snippets"}[place]
        assert f"<title>A &quot;title&quot; &lt;b&gt; - {ending} - Microblog</title>" in page
        assert f"/{place}/author/{found.author.username}/" in page
        assert "/edit/" not in page

    def test_draft_and_hidden_text_are_not_found_by_others(self, client, ana_client, ana, bob, place, mod):
        for change in (
            lambda row: edit_publication(row, status=DRAFT),
            lambda row: hide_publication(row, actor=mod, reason="Rule 1."),
        ):
            row = KINDS[place](author=ana)
            change(row)
            url = row.get_absolute_url()
            assert client.get(url).status_code == 404
            client.force_login(bob)
            assert client.get(url).status_code == 404
            client.logout()
            assert "noindex" in ana_client.get(url).content.decode()
        assert "Hidden from others: Rule 1." in ana_client.get(url).content.decode()

    def test_unknown_slugs_are_not_found(self, client, place):
        for slug in ("unknown", "x" * 101, "%00", "%FF", "a.b"):
            assert client.get(f"/{place}/{slug}/").status_code == 404

    def test_url_without_its_slash_redirects(self, client, place):
        url = KINDS[place]().get_absolute_url()
        for path in (url, f"/{place}/"):
            response = client.get(path.rstrip("/"))
            assert (response.status_code, response["Location"]) == (301, path)

    def test_query_count_is_small(self, ana_client, place, django_assert_max_num_queries):
        url = KINDS[place]().get_absolute_url()
        with django_assert_max_num_queries(6):
            ana_client.get(url)


@BOTH
class TestWriting:
    def test_text_is_saved_and_shown(self, ana_client, ana, place):
        response = ana_client.post(f"/{place}/create/", form_of(place))
        assert response["Location"] == f"/{place}/a-title/"
        row = KINDS[place]._meta.model.objects.get()
        assert (row.author, row.title, row.body, row.status) == (ana, "A title", "A text", PUBLIC)

    def test_text_is_kept_as_it_was_typed(self, ana_client, place):
        body = "    indented\r\n\r\n\r\n\ttab, and two spaces  \r\nÅ\r\n"
        ana_client.post(f"/{place}/create/", form_of(place, body=body))
        row = KINDS[place]._meta.model.objects.get()
        assert row.body == "    indented\n\n\n\ttab, and two spaces  \nÅ"

    def test_longest_text_is_accepted_and_a_longer_one_kept_in_the_form(self, ana_client, place):
        longest = "\U0001f469" * BODY_MAX_LENGTH
        response = ana_client.post(f"/{place}/create/", form_of(place, body=longest + "!", status=DRAFT))
        assert response.status_code == 200
        assert list(response.context["form"].errors) == ["body"]
        assert longest + "!" in response.content.decode()
        assert ana_client.post(f"/{place}/create/", form_of(place, body=longest)).status_code == 302

    @pytest.mark.parametrize(
        ("field", "value"),
        [("title", ""), ("title", "x" * 101), ("title", "\u200b"), ("body", ""), ("body", " \n"), ("body", "a\x07b"),
         ("status", "7"), ("title", "a\x00b")],
    )  # fmt: skip
    def test_invalid_text_is_shown_again(self, ana_client, place, field, value):
        data = form_of(place, **{field: value})
        response = ana_client.post(f"/{place}/create/", data)
        assert list(response.context["form"].errors) == [field]
        assert not KINDS[place]._meta.model.objects.exists()

    def test_longest_title_of_any_script_is_accepted(self, ana_client, place):
        family = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
        assert ana_client.post(f"/{place}/create/", form_of(place, title=family * 100)).status_code == 302

    def test_link_is_posted_to_followers(self, ana_client, place):
        ana_client.post(f"/{place}/create/", form_of(place, announce="on"))
        assert f"/{place}/a-title/" in Post.objects.get().body
        assert "announce" not in ana_client.get(f"/{place}/a-title/edit/").context["form"].fields
        response = ana_client.post(f"/{place}/a-title/edit/", form_of(place, announce="on"))
        assert response.status_code == 302
        assert Post.objects.count() == 1

    def test_link_that_does_not_fit_is_an_error_of_its_field(self, ana_client, place, settings):
        settings.POST_MAX_LENGTH = 10
        response = ana_client.post(f"/{place}/create/", form_of(place, announce="on"))
        assert list(response.context["form"].errors) == ["announce"]

    def test_edit_keeps_the_slug(self, ana_client, ana, place):
        url = KINDS[place](author=ana, title="Before").get_absolute_url()
        form = ana_client.get(f"{url}edit/").context["form"]
        assert form["title"].value() == "Before"
        response = ana_client.post(f"{url}edit/", form_of(place, title="After", version=form["version"].value()))
        assert response["Location"] == url
        assert "After" in ana_client.get(url).content.decode()

    def test_second_window_is_shown_both_texts(self, ana_client, ana, place):
        url = KINDS[place](author=ana).get_absolute_url()
        for body in ("Theirs", "Mine"):
            response = ana_client.post(f"{url}edit/", form_of(place, body=body, version=1))
        page = response.content.decode()
        assert response.status_code == 200
        assert ">\nTheirs</textarea>" in page and ">\nMine</textarea>" in page.replace("\r", "")
        assert "Theirs" in ana_client.get(url).content.decode()
        (version,) = re.findall(r'name="version" value="(\d+)"', page)
        assert ana_client.post(f"{url}edit/", form_of(place, body="Mine", version=version)).status_code == 302
        assert "Mine" in ana_client.get(url).content.decode()

    def test_text_is_deleted_after_a_confirmation(self, ana_client, ana, place):
        url = KINDS[place](author=ana).get_absolute_url()
        assert ana_client.get(f"{url}delete/").status_code == 200
        assert ana_client.post(f"{url}delete/")["Location"] == f"/{place}/author/ana/"
        assert ana_client.get(url).status_code == 404

    @pytest.mark.parametrize("action", ["edit", "delete"])
    def test_text_of_another_user_is_not_found(self, ana_client, place, action):
        row = KINDS[place](body="mine")
        for method in (ana_client.get, ana_client.post):
            assert method(f"{row.get_absolute_url()}{action}/", form_of(place)).status_code == 404
        assert KINDS[place]._meta.model.objects.get().body == "mine"

    @pytest.mark.usefixtures("mandatory")
    def test_unconfirmed_users_keep_their_text(self, susan_client, susan, place):
        susan.emailaddress_set.update(verified=False)
        response = susan_client.post(f"/{place}/create/", form_of(place, body="An hour of thought"))
        assert "Confirm your email address first" in response.content.decode()
        assert "An hour of thought" in response.content.decode()

    def test_writing_and_editing_have_limits(self, ana_client, place, settings):
        limits = {"write_blog": "1/10m/user", "edit_blog": "1/10m/user"}
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS} | limits
        for path in (f"/{place}/create/", f"/{place}/a-title/edit/"):
            assert ana_client.post(path, form_of(place, body="kept", version=1)).status_code == 302
            response = ana_client.post(path, form_of(place, body="kept too", version=2))
            assert response.context["form"].non_field_errors()
            assert "kept too" in response.content.decode()


class TestSitemap:
    def test_sitemap_has_what_visitors_can_read(self, client):
        entry, snippet = EntryFactory(title="Públic"), SnippetFactory()
        EntryFactory(title="Private", status=DRAFT)
        index = client.get("/sitemap.xml").content.decode()
        assert re.findall("<loc>(.*?)</loc>", index) == [
            f"http://testserver/sitemap-{name}.xml" for name in ("entries", "snippets")
        ]
        for name, row in (("entries", entry), ("snippets", snippet)):
            response = client.get(f"/sitemap-{name}.xml")
            found = re.findall("<loc>(.*?)</loc>", response.content.decode())
            assert found == [f"http://testserver{row.get_absolute_url()}"]
        assert client.get("/sitemap-people.xml").status_code == 404

    def test_crawlers_are_told_of_it(self, client, settings):
        settings.SITE_URL = "https://example.org"
        lines = client.get("/robots.txt").content.decode().splitlines()
        assert {"Allow: /blog/", "Allow: /snippets/", "Sitemap: https://example.org/sitemap.xml"} <= set(lines)


def test_profile_leads_to_the_blog(ana_client, bob):
    assert 'href="/blog/author/bob/"' in ana_client.get("/user/bob").content.decode()


def test_language_of_code_can_be_chosen(ana_client):
    ana_client.post("/snippets/create/", form_of("snippets", lexer_name="python"))
    assert Snippet.objects.get().lexer_name == "python"
    response = ana_client.post("/snippets/create/", form_of("snippets", lexer_name="no such language"))
    assert list(response.context["form"].errors) == ["lexer_name"]
