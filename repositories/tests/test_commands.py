import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command, load_command_class

from audit.models import AuditEntry
from jobs.models import Job
from repositories.models import Issue, Repository
from repositories.tests.factories import IssueFactory, RepositoryFactory, WatchFactory

URL = "https://github.com/octocat/hello"


def call(*arguments, code=0):
    """Run `manage.py repositories`, check its exit code and return its output."""
    out = StringIO()
    try:
        call_command("repositories", *map(str, arguments), stdout=out, stderr=out)
        ended = 0
    except CommandError as error:
        out.write(str(error))
        ended = error.returncode
    assert ended == code, out.getvalue()
    return out.getvalue()


@pytest.mark.django_db
class TestAdd:
    def test_repository_is_created_with_its_description(self):
        assert call("add", URL, "--description", "A repository to add!") == (
            f"Created new Repository with ID: {Repository.objects.get().pk}\n"
        )
        repository = Repository.objects.get()
        assert (repository.full_name, repository.description) == ("octocat/hello", "A repository to add!")
        assert Job.objects.get().args == [repository.pk]
        assert AuditEntry.objects.get().action == "repository.add"

    @pytest.mark.parametrize(
        "url",
        [
            f"{URL}.git", f"{URL}/", "https://www.github.com/octocat/hello", "http://github.com/octocat/hello",
            "HTTPS://GitHub.COM/octocat/hello", "github.com/octocat/hello", "git@github.com:octocat/hello.git",
            "ssh://git@github.com/octocat/hello.git", "git://github.com/octocat/hello.git", f"{URL}?tab=readme#top",
            f"  {URL}\n",
        ],
    )  # fmt: skip
    def test_other_spellings_of_the_url_are_accepted(self, url):
        call("add", url)
        assert Repository.objects.get().full_name == "octocat/hello"

    @pytest.mark.parametrize(
        "url",
        [
            "https://gitlab.com/octocat/hello", "https://github.com.evil.example/o/n", "ftp://github.com/o/n",
            "https://github.com@evil.example/o/n", "https://user@github.com/o/n", "https://github.com:444/o/n", "",
            "https://gist.github.com/o/n", "javascript:alert(1)", "https://[github.com/o/n", "git@gitlab.com:o/n",
            "nonsense",
        ],
    )  # fmt: skip
    def test_other_hosts_are_refused(self, url):
        assert call("add", url, code=1) == "Not from Github! Aborting."
        assert not Repository.objects.exists()

    @pytest.mark.parametrize(
        "path",
        [
            "", "/", "/octocat", "/octocat/", "//hello", "/octocat/hello/issues", "/octocat/..", "/octocat/.git",
            "/octo cat/hello", "/octocat/%2e%2e", "/octocat/hällo", "/octocat//hello", "/-x/hello", "/octocat/hello//",
            f"/octocat/{'x' * 101}",
        ],
    )  # fmt: skip
    def test_other_paths_are_refused(self, path):
        assert call("add", f"https://github.com{path}", code=1) == "Invalid Github project URL format!"
        assert not Repository.objects.exists()

    def test_duplicate_is_refused_in_any_case(self):
        call("add", URL)
        assert call("add", "https://github.com/OctoCat/HELLO", code=1) == "That repository already exists!"
        assert call("add", URL, "--dry-run", code=1) == "That repository already exists!"
        assert Repository.objects.count() == 1

    def test_dry_run_creates_nothing(self):
        assert "octocat/hello" in call("add", URL, "--dry-run")
        assert not Repository.objects.exists() and not AuditEntry.objects.exists()

    def test_enterprise_server_has_its_own_host(self, settings):
        settings.GITHUB_URL = "https://git.example.org"
        call("add", "https://git.example.org/o/n")
        assert call("add", URL, code=1) == "Not from Github! Aborting."


@pytest.mark.django_db
class TestFetchIssues:
    @pytest.fixture
    def repository(self, github):
        github.add("octocat/hello", issues=3)
        return RepositoryFactory(owner="octocat", name="hello")

    def test_issues_are_added_once(self, repository):
        assert call("fetch_issues", repository.pk) == "Added 3 issues!\n"
        assert call("fetch_issues", repository.pk) == "Added 0 issues!\n"
        assert Issue.objects.count() == 3

    def test_dry_run_adds_none(self, github, repository):
        github.per_page = 2
        assert call("fetch_issues", repository.pk, "--dry-run") == "Would add 3 issues.\n"
        assert not Issue.objects.exists()

    @pytest.mark.parametrize("pk", ["0", "-1", "77", str(2**70)])
    def test_unknown_id_is_refused(self, pk):
        assert call("fetch_issues", "--", pk, code=1) == "No such repository ID!"

    def test_failure_is_told_in_words(self, github, repository):
        github.faults = ["not found"]
        assert call("fetch_issues", repository.pk, code=1) == "GitHub has no such repository, or it is private."
        github.faults = ["secondary"]
        assert "That is at 20" in call("fetch_issues", repository.pk, code=1)


@pytest.mark.django_db
class TestOthers:
    def test_list_shows_state_and_outcome(self):
        repository = RepositoryFactory(outcome=Repository.Outcome.NOT_FOUND)
        assert "GitHub has no such repository" in call("list")
        (row,) = json.loads(call("list", "--json"))
        assert (row["id"], row["name"], row["outcome"]) == (repository.pk, repository.name, "not_found")

    def test_remove_deletes_the_issues_and_watches(self):
        issue = IssueFactory()
        WatchFactory(repository=issue.repository)
        assert "with 1 issues" in call("remove", issue.repository.pk, "--dry-run")
        assert Repository.objects.exists()
        assert call("remove", issue.repository.pk) == f"Removed {issue.repository} with 1 issues.\n"
        assert not Repository.objects.exists() and not Issue.objects.exists()
        assert AuditEntry.objects.get().action == "repository.remove"
        assert call("remove", issue.repository.pk, code=1) == "No such repository ID!"

    def test_refresh_fetches_those_that_are_due_or_all(self, github):
        github.add("octocat/hello", issues=1)
        RepositoryFactory(owner="octocat", name="hello")
        assert call("refresh", "--dry-run") == "octocat/hello: would add 1 issues.\n"
        assert call("refresh") == "octocat/hello: added 1 issues.\n"
        assert call("refresh") == ""
        assert call("refresh", "--all") == "octocat/hello: added 0 issues.\n"
        lost = RepositoryFactory(owner="octocat", name="lost")
        output = call("refresh", code=1)
        assert f"{lost}: GitHub has no such repository" in output and "1 of 1" in output


@pytest.mark.parametrize(
    "arguments",
    [[], ["add"], ["fetch_issues"], ["fetch_issues", "x"], ["remove"], ["unknown"], ["refresh", "--unknown"]],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    command = load_command_class("repositories", "repositories")
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "repositories", *arguments])
    assert ended.value.code == 2
    assert "usage: manage.py repositories" in capsys.readouterr().err


@pytest.mark.programs
class TestShell:
    def test_words_and_exit_codes_are_those_of_a_shell(self, tmp_path):
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}"}

        def run(*arguments, command="repositories"):
            done = subprocess.run(
                [sys.executable, "manage.py", command, *arguments],
                cwd=site.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert "Traceback" not in done.stderr
            return done.returncode, done.stdout + done.stderr

        assert run(command="migrate")[0] == 0
        assert run("add", URL, "--description", "A repository to add!") == (0, "Created new Repository with ID: 1\n")
        for arguments, code, words in [
            (["add", URL], 1, "That repository already exists!"),
            (["add", "https://gitlab.com/o/n"], 1, "Not from Github! Aborting."),
            (["add", "https://github.com/o"], 1, "Invalid Github project URL format!"),
            (["add"], 2, "URL"),
            (["fetch_issues", "77"], 1, "No such repository ID!"),
            (["--help"], 0, "Repository-based CLI actions."),
        ]:
            ended, output = run(*arguments)
            assert (ended, words in output) == (code, True), (arguments, output)
