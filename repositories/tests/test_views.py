"""Pages of repositories and watches."""

import re
from html import unescape

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from jobs.models import Job
from repositories.models import Issue, Repository, Watch
from repositories.tests.factories import IssueFactory, RepositoryFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ user }} 'x' javascript:alert(1)"""
PATH = "/repositories/octocat/hello"


@pytest.fixture
def hello(db):
    return RepositoryFactory(name="hello", fetched_at=timezone.now(), outcome=Repository.Outcome.FETCHED)


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def numbers(response):
    assert response.status_code == 200
    return [issue.number for issue in response.context["page"].items]


class TestList:
    def test_newest_come_first_in_complete_pages(self, ana_client, settings):
        settings.POSTS_PER_PAGE = 2
        for name in "abc":
            RepositoryFactory(name=name)
        first = ana_client.get("/repositories")
        second = ana_client.get(f"/repositories{first.context['page'].older}")
        assert [[row.name for row in page.context["page"].items] for page in (first, second)] == [["c", "b"], ["a"]]
        assert "There is nothing older." in text_of(ana_client.get("/repositories?before=1"))

    def test_empty_lists_say_what_to_do(self, ana_client, hello):
        assert "You do not watch any repository" in text_of(ana_client.get("/repositories/watched"))
        hello.delete()
        assert "No repositories yet" in text_of(ana_client.get("/repositories"))

    def test_watched_ones_have_their_own_list(self, ana_client, ana, hello):
        RepositoryFactory(name="other")
        Watch.objects.create(user=ana, repository=hello)
        Watch.objects.create(user=UserFactory(), repository=hello)
        assert [row.name for row in ana_client.get("/repositories/watched").context["page"].items] == ["hello"]

    @pytest.mark.parametrize("path", ["/repositories", "/repositories/watched", PATH])
    def test_pages_make_constant_queries(self, ana_client, ana, hello, path, settings, django_assert_max_num_queries):
        settings.POSTS_PER_PAGE = 50
        counts = []
        for more in (1, 49):
            for _number in range(more):
                Watch.objects.create(user=ana, repository=IssueFactory().repository)
                IssueFactory(repository=hello, labels=["bug", "help"])
            with django_assert_max_num_queries(6) as queries:
                response = ana_client.get(path)
            counts.append(len(queries))
        assert len(response.context["page"].items) == 50
        assert counts[0] == counts[1]

    def test_menu_leads_there(self, ana_client):
        assert 'href="/repositories"' in text_of(ana_client.get("/explore"))


class TestRepository:
    def test_any_case_redirects_to_the_spelling_of_github(self, ana_client, hello):
        response = ana_client.get("/repositories/OctoCat/HELLO?state=closed")
        assert (response.status_code, response["Location"]) == (302, f"{PATH}?state=closed")
        assert ana_client.get(f"/repositories/{hello.pk}")["Location"] == PATH
        for path in ("/repositories/octocat/other", "/repositories/octo%00cat/hello", "/repositories/999999"):
            assert ana_client.get(path).status_code == 404

    def test_issues_are_listed_by_state_and_kind(self, ana_client, hello):
        for number, state in enumerate(["open", "closed", "open", "open"], start=1):
            IssueFactory(repository=hello, number=number, state=state, is_pull_request=number == 4)
        IssueFactory(number=9)
        for query, expected in {
            "": [3, 1], "?state=closed": [2], "?kind=pull_requests": [4], "?state=nonsense": [3, 1],
            "?kind=nonsense": [3, 1], "?state=closed&kind=pull_requests": [],
        }.items():  # fmt: skip
            assert numbers(ana_client.get(PATH + query)) == expected, query

    def test_words_and_labels_narrow_the_list_and_stay_in_its_links(self, ana_client, hello, settings):
        settings.POSTS_PER_PAGE = 2
        for number in range(1, 6):
            IssueFactory(repository=hello, number=number, title="Tea & Straße leaks", labels=["help wanted"])
        IssueFactory(repository=hello, number=6, title="Coffee", labels=["bug"])
        query = "?q=LEAKS+STRASSE&label=Help+Wanted"
        first = ana_client.get(PATH + query)
        assert numbers(first) == [5, 4]
        links = re.findall(r'href="(\?[^"]+)"', text_of(first))
        assert "?state=closed&q=LEAKS+STRASSE&label=Help+Wanted" in map(unescape, links)
        second = ana_client.get(PATH + first.context["page"].older)
        assert numbers(second) == [3, 2]
        assert numbers(ana_client.get(PATH + second.context["page"].newer)) == [5, 4]
        assert numbers(ana_client.get(f"{PATH}?q=100%25")) == numbers(ana_client.get(f"{PATH}?label=help")) == []

    def test_values_that_are_too_long_say_so(self, ana_client, hello):
        IssueFactory(repository=hello)
        page = text_of(ana_client.get(f"{PATH}?q={'x' * 101}&label={'y' * 51}"))
        assert page.count("Ensure this value has at most") == 2
        assert f'value="{"x" * 101}"' in page
        assert ana_client.get(f"{PATH}?q=%00&label=%00&before=x").status_code == 200

    def test_text_of_github_is_text_and_links_lead_to_the_configured_server(self, ana_client, hello, settings):
        settings.GITHUB_URL = "https://github.example.org"
        Repository.objects.update(description=HOSTILE)
        IssueFactory(repository=hello, number=1234, title=HOSTILE, labels=[HOSTILE, "a&b=c#d"], author=HOSTILE)
        IssueFactory(repository=hello, number=1235, is_pull_request=True)
        for path in ("/repositories", PATH):
            page = text_of(ana_client.get(path))
            assert "<script>alert" not in page and "<img src=x" not in page
            assert "&lt;script&gt;alert(1)" in page and "{{ user }}" in page
            outside = re.findall(r'(?:href|src)="([a-z]+:[^"]*)"', page)
            assert all(url.startswith("https://github.example.org/octocat/hello") for url in outside)
        assert "https://github.example.org/octocat/hello/issues/1234" in outside
        assert numbers(ana_client.get(f"{PATH}?label=a%26b%3Dc%23d")) == [1234]
        pulls = text_of(ana_client.get(f"{PATH}?kind=pull_requests"))
        assert "https://github.example.org/octocat/hello/pull/1235" in pulls

    def test_last_fetch_is_shown_and_a_failure_has_its_reason(self, ana_client, hello):
        assert "Fetched <time" in text_of(ana_client.get(PATH))
        for outcome in Repository.Outcome:
            Repository.objects.update(outcome=outcome, attempted_at=timezone.now())
            hello.refresh_from_db()
            for path in ("/repositories", PATH):
                page = unescape(text_of(ana_client.get(path)))
                assert (str(outcome.label) in page and "The last attempt was <time" in page) == hello.has_failed
        Repository.objects.update(outcome=Repository.Outcome.NEVER, fetched_at=None)
        page = text_of(ana_client.get(PATH))
        assert "It was not fetched yet." in page and "No issues yet" in page

    def test_empty_lists_say_why(self, ana_client, hello):
        for query, words in {
            "": "No open issues", "?state=closed": "No closed issues", "?q=x": "Nothing found",
            "?before=1": "There is nothing older.",
        }.items():  # fmt: skip
            assert words in text_of(ana_client.get(PATH + query))


class TestWatches:
    def test_button_watches_and_unwatches(self, ana_client, ana, hello):
        assert f'action="{PATH}/watch"' in text_of(ana_client.get(PATH))
        for _twice in range(2):
            response = ana_client.post("/repositories/Octocat/Hello/watch", follow=True)
            assert response.redirect_chain == [(PATH, 302)]
            assert "You watch octocat/hello." in text_of(response)
        assert Watch.objects.get().user == ana
        assert f'action="{PATH}/unwatch"' in text_of(ana_client.get("/repositories"))
        assert "You no longer watch octocat/hello." in text_of(ana_client.post(f"{PATH}/unwatch", follow=True))
        assert ana_client.post(f"{PATH}/unwatch").status_code == 302
        assert not Watch.objects.exists()

    def test_button_changes_in_place(self, ana_client, hello):
        assert f'action="{PATH}/unwatch"' in text_of(ana_client.post(f"{PATH}/watch", headers=HTMX))
        assert f'action="{PATH}/watch"' in text_of(ana_client.post(f"{PATH}/unwatch", headers=HTMX))

    def test_changes_are_limited(self, ana_client, hello, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "edit": "1/10m/user"}
        ana_client.post(f"{PATH}/watch")
        assert "You have made many changes." in text_of(ana_client.post(f"{PATH}/unwatch", follow=True))
        assert ana_client.post(f"{PATH}/unwatch", headers=HTMX)["HX-Redirect"] == PATH
        assert Watch.objects.exists()


class TestFetching:
    def test_staff_fetch_issues_once_at_a_time(self, client, hello, mod):
        client.force_login(mod)
        assert f'action="{PATH}/fetch"' in text_of(client.get(PATH))
        for _twice in range(2):
            response = client.post("/repositories/octocat/HELLO/fetch", follow=True)
            assert response.redirect_chain == [(PATH, 302)]
            assert "The issues of octocat/hello are being fetched." in text_of(response)
        assert [job.args for job in Job.objects.filter(task__endswith="fetch_issues")] == [[hello.pk]]

    def test_members_cannot(self, ana_client, hello):
        assert "Fetch now" not in text_of(ana_client.get(PATH))
        assert ana_client.post(f"{PATH}/fetch").status_code == 403
        assert not Job.objects.filter(task__endswith="fetch_issues").exists()


def test_issues_have_a_url_on_github():
    assert Issue(number=1, repository=Repository(owner="a", name="b")).github_url == "https://github.com/a/b/issues/1"
