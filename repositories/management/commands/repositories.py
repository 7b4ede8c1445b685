"""Repositories on GitHub, for operators."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.commands import command_actor
from microblog.core.exceptions import DomainError
from repositories import services
from repositories.client import GitHubError
from repositories.fetching import StaleStep, count_new, fetch
from repositories.github_urls import parse_repository_url
from repositories.models import Repository

Outcome = Repository.Outcome

ACTIONS = {
    "add": "Adds a repository to our database.",
    "fetch_issues": "Fetch the issues of a repository from GitHub and store them.",
    "list": "List the repositories, their open issues, and how the last fetch ended.",
    "remove": "Delete a repository with its issues.",
    "refresh": "Fetch the issues of the repositories that are due, one after the other.",
}


class Command(BaseCommand):
    help = (
        "Repository-based CLI actions. They need no worker, so that cron can run them. "
        "Exit codes: 0 done, 1 refused or failed, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in ACTIONS.items():
            action = actions.add_parser(name, help=text, description=text)
            if name == "list":
                action.add_argument("--json", action="store_true", help="print a JSON list instead of text")
                continue
            action.add_argument("--dry-run", action="store_true", help="change nothing, and say what would change")
            if name == "add":
                action.add_argument("url", metavar="URL", help="such as https://github.com/django/django")
                action.add_argument("--description", default="", metavar="TEXT")
            elif name == "refresh":
                action.add_argument("--all", action="store_true", help="fetch the others too")
            else:
                action.add_argument("repository_id", metavar="REPOSITORY_ID", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "add": self.add,
            "fetch_issues": self.fetch_issues,
            "list": self.list,
            "remove": self.remove,
            "refresh": self.refresh,
        }
        actions[options["action"]](options)

    def add(self, options: dict[str, Any]) -> None:
        try:
            if options["dry_run"]:
                owner, name = parse_repository_url(options["url"])
                if Repository.objects.named(owner, name).exists():
                    raise services.RepositoryExists
                self.stdout.write(f"Would create the repository {owner}/{name}.")
                return
            repository = services.add_repository(
                options["url"], description=options["description"], actor=command_actor()
            )
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(f"Created new Repository with ID: {repository.pk}")

    def fetch_issues(self, options: dict[str, Any]) -> None:
        repository = self.find(options)
        added = self.fetch(repository, dry_run=options["dry_run"])
        self.stdout.write(f"Would add {added} issues." if options["dry_run"] else f"Added {added} issues!")

    def list(self, options: dict[str, Any]) -> None:
        repositories = Repository.objects.newest_first()
        if options["json"]:
            self.stdout.write(json.dumps([describe(repository) for repository in repositories], indent=2))
            return
        for repository in repositories:
            fetched = f"{repository.fetched_at:%Y-%m-%d %H:%M} UTC" if repository.fetched_at else "never"
            self.stdout.write(
                f"{repository.pk}\t{repository}\topen issues: {repository.issue_count}\t"
                f"fetched: {fetched}\t{repository.get_outcome_display()}"
            )

    def remove(self, options: dict[str, Any]) -> None:
        repository = self.find(options)
        if options["dry_run"]:
            self.stdout.write(f"Would remove {repository} with {repository.issues.count()} issues.")
            return
        count = services.remove_repository(repository, actor=command_actor())
        self.stdout.write(f"Removed {repository} with {count} issues.")

    def refresh(self, options: dict[str, Any]) -> None:
        repositories = list(
            Repository.objects.on_github().order_by("pk") if options["all"] else Repository.objects.due()
        )
        failed = 0
        for repository in repositories:
            try:
                added = self.fetch(repository, dry_run=options["dry_run"])
            except CommandError as error:
                failed += 1
                self.stderr.write(f"{repository}: {error}")
                continue
            self.stdout.write(f"{repository}: {'would add' if options['dry_run'] else 'added'} {added} issues.")
        if failed:
            raise CommandError(f"{failed} of {len(repositories)} repositories could not be fetched.")

    def find(self, options: dict[str, Any]) -> Repository:
        # Larger numbers are no ids, and SQLite does not accept them.
        pk = options["repository_id"]
        repository = Repository.objects.filter(pk=pk).first() if 0 < pk < 2**63 else None
        if repository is None:
            raise CommandError("No such repository ID!")
        return repository

    def fetch(self, repository: Repository, *, dry_run: bool) -> int:
        """Fetch a repository with a progress line on a terminal, and return the number of new issues."""
        if repository.is_demo:
            raise CommandError("This is a demo repository, which is not on GitHub.")
        is_terminal = sys.stderr.isatty()

        def progress(added: int) -> None:
            if is_terminal:
                self.stderr.write(f"\r{repository}: {added} new issues", ending="")

        try:
            return (count_new if dry_run else fetch)(repository, progress=progress)
        except GitHubError as error:
            text = str(error.outcome.label)
            if error.limited_until:
                text += f" That is at {error.limited_until:%Y-%m-%d %H:%M:%S} UTC."
            raise CommandError(text) from error
        except StaleStep as error:
            raise CommandError("Another process fetches this repository at the moment.") from error
        finally:
            if is_terminal:
                self.stderr.write("")


def describe(repository: Repository) -> dict[str, Any]:
    """Return a repository as JSON types."""
    return {
        "id": repository.pk,
        "owner": repository.owner,
        "name": repository.name,
        "description": repository.description,
        "open_issues": repository.issue_count,
        "open_pull_requests": repository.pull_request_count,
        "fetched_at": repository.fetched_at and repository.fetched_at.isoformat(),
        "next_fetch_at": repository.next_fetch_at and repository.next_fetch_at.isoformat(),
        "outcome": repository.outcome,
    }
