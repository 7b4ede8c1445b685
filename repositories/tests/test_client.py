import logging

import pytest

from repositories.client import GitHub, GitHubError, get_client
from repositories.models import TITLE_MAX_LENGTH, Repository
from repositories.payloads import Malformed, clean, read_full_name, read_issue

NAME = "octocat/hello"
Outcome = Repository.Outcome


class TestServer:
    def test_client_is_made_once_for_the_configured_server(self, settings):
        first = get_client()
        assert get_client() is first
        settings.GITHUB_API_URL = "https://git.example.org/api/v3"
        assert get_client().url == "https://git.example.org/api/v3"

    @pytest.mark.parametrize(
        "target",
        [
            "https://elsewhere.example/", "//elsewhere.example/",
            "{url}@elsewhere.example/", "{url}.elsewhere.example/",
            "{url}0/", "ftp://127.0.0.1/", "file:///etc/passwd",
        ],
    )  # fmt: skip
    def test_no_other_server_is_contacted(self, github, target):
        url = target.format(url=github.url)
        for fault in [(301, {"Location": url}, {}), (200, {"Link": f'<{url}>; rel="next"'}, [])]:
            github.faults = [fault]
            with pytest.raises(GitHubError) as raised:
                get_client().list_issues(NAME, since=None)
            assert raised.value.outcome == Outcome.REDIRECTED
        # An URL that was stored when another server was configured.
        with pytest.raises(GitHubError):
            get_client().list_issues(NAME, since=None, next_url=url)

    def test_redirects_in_a_circle_end(self, github):
        github.redirects = {"/repos/a/b/issues": f"{github.url}/repos/c/d/issues"}
        github.redirects["/repos/c/d/issues"] = f"{github.url}/repos/a/b/issues"
        with pytest.raises(GitHubError):
            get_client().list_issues("a/b", since=None)
        assert len(github.requests) == 4


class TestToken:
    def test_token_is_sent_and_in_no_log(self, github, settings, caplog, monkeypatch, tmp_path):
        caplog.set_level(logging.DEBUG)
        # requests would send these credentials to the host.
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ana password secret-of-ana\n")
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        github.add(NAME)
        for token, sent in [("", None), ("ghp_secret", "Bearer ghp_secret")]:
            settings.GITHUB_TOKEN = token
            github.faults = [None, "bad token"]
            get_client().list_issues(NAME, since=None)
            with pytest.raises(GitHubError) as raised:
                get_client().list_issues(NAME, since=None)
            assert {request["headers"].get("Authorization") for request in github.requests} == {sent}
            assert "ghp_secret" not in caplog.text + repr(raised.value) + str(raised.value.__cause__)
            github.requests.clear()
            get_client().session.close()

    def test_request_is_as_documented(self, github):
        github.add(NAME)
        get_client().list_issues(NAME, since=github.now)
        headers, query = github.requests[0]["headers"], github.requests[0]["query"]
        assert headers["Accept"] == "application/vnd.github+json"
        assert headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert headers["User-Agent"].startswith("Microblog/")
        assert (query["since"], query["per_page"]) == ("2026-01-01T00:00:00Z", "100")

    def test_client_of_an_invalid_url_fails_with_an_outcome(self):
        client = GitHub("nonsense", "")
        with pytest.raises(GitHubError):
            client.list_issues(NAME, since=None)
        client.session.close()


class TestPayloads:
    @pytest.fixture
    def payload(self, github):
        github.add(NAME)
        return github.open(NAME)

    def test_hostile_text_is_kept_as_text(self, payload):
        payload |= {
            "title": "<script>\0\ud800\nalert(1)</script>",
            "labels": ["plain", {"name": "a\nb"}, {"name": None}],
        }
        issue = read_issue(payload)
        assert issue.title == "<script> alert(1)</script>"
        assert issue.labels == ["plain", "a b", ""]

    def test_account_that_was_deleted_has_no_name(self, payload):
        assert read_issue(payload | {"user": None}).author == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"id": 0}, {"id": "1"}, {"id": True}, {"id": None}, {"number": -1}, {"number": 2**31}, {"title": None},
            {"state": "merged"}, {"labels": None}, {"labels": [1]}, {"user": {}}, {"user": "x"}, {"created_at": "now"},
            {"updated_at": None}, {"updated_at": "2026-01-01T00:00:00"}, {"created_at": "2026-99-01T00:00:00Z"},
        ],
    )  # fmt: skip
    def test_strange_values_are_malformed(self, payload, wrong):
        with pytest.raises(Malformed):
            read_issue(payload | wrong)

    @pytest.mark.parametrize("data", [None, [], "x", 1, {}])
    def test_strange_types_are_malformed(self, data):
        for read in (read_issue, read_full_name):
            with pytest.raises(Malformed):
                read(data)

    def test_new_name_is_checked(self):
        for name in ("..", "a/b", "", "ä"):
            with pytest.raises(Malformed):
                read_full_name({"owner": {"login": "octocat"}, "name": name})

    @pytest.mark.parametrize("character", ["x", "👨‍👩‍👧‍👦", "e\u0301", "🇩🇪"])
    def test_long_titles_are_cut_between_characters(self, character):
        fitting = TITLE_MAX_LENGTH // len(character)
        assert clean(character * fitting, TITLE_MAX_LENGTH) == character * fitting
        cut = clean(character * (fitting + 1), TITLE_MAX_LENGTH)
        assert len(cut) <= TITLE_MAX_LENGTH
        assert set(cut.removesuffix("…").split(character)) == {""} and cut.endswith("…")
