"""Repositories on GitHub, their issues, and who watches them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from microblog.core.performance.urls import cached_reverse
from repositories.querysets import IssueQuerySet, RepositoryQuerySet

TITLE_MAX_LENGTH = 255
AUTHOR_MAX_LENGTH = 100
DESCRIPTION_MAX_LENGTH = 1_000


def search_text_of(title: str, labels: list[str]) -> str:
    """Return the text in which IssueQuerySet finds words and labels: each is a line, in lower case."""
    return "\n".join([title, *labels, ""]).casefold()


class Repository(models.Model):
    """
    A repository on GitHub, how far its issues were read, and how the last attempt ended.

    The issues are read in the order of their last change (repositories.fetching). `since` and `next_url` are where the
    next request starts, so that a fetch that was interrupted continues there.
    """

    class Outcome(models.TextChoices):
        """How the last fetch ended, in words for readers."""

        NEVER = "never", _("It was not fetched yet.")
        FETCHED = "fetched", _("All issues were fetched.")
        STARTED = "started", _("More issues are being fetched.")
        RATE_LIMITED = (
            "rate_limited",
            _("GitHub limits requests. Fetching continues when it allows more."),
        )
        NOT_FOUND = "not_found", _("GitHub has no such repository, or it is private.")
        ISSUES_DISABLED = "issues_disabled", _("The repository has no issues on GitHub: they are turned off there.")
        BLOCKED = "blocked", _("GitHub has blocked the repository for legal reasons.")
        UNAUTHORIZED = (
            "unauthorized",
            _("GitHub does not accept this site's token. Its operator can set another."),
        )
        FORBIDDEN = "forbidden", _("GitHub does not allow this site to read the repository.")
        UNREACHABLE = "unreachable", _("GitHub could not be reached.")
        INTERRUPTED = "interrupted", _("The connection to GitHub broke off.")
        SERVER_ERROR = "server_error", _("GitHub had an internal error.")
        MALFORMED = "malformed", _("GitHub sent a response that this site cannot read.")
        REDIRECTED = "redirected", _("GitHub redirected to another server, to which this site does not connect.")
        DUPLICATE = "duplicate", _("The repository was renamed on GitHub, and is listed here under its new name.")

    # Those after which the same request may succeed soon: the next one is not left to the hourly fetch.
    TEMPORARY = (Outcome.UNREACHABLE, Outcome.INTERRUPTED, Outcome.SERVER_ERROR, Outcome.MALFORMED)

    owner = models.CharField(_("owner"), max_length=255)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(_("added at"), default=timezone.now, editable=False)

    outcome = models.CharField(
        _("outcome of the last fetch"), max_length=15, choices=Outcome, default=Outcome.NEVER, editable=False
    )
    # When GitHub was last requested, and when all issues were last up to date.
    attempted_at = models.DateTimeField(_("last attempt at"), null=True, editable=False)
    fetched_at = models.DateTimeField(_("fetched at"), null=True, editable=False)
    # None for demo repositories, which are not on GitHub and are never fetched.
    next_fetch_at = models.DateTimeField(_("next fetch at"), null=True, default=timezone.now, editable=False)
    # Attempts in a row that ended with one of TEMPORARY.
    failures = models.PositiveSmallIntegerField(_("failed attempts"), default=0, editable=False)

    # When GitHub accepts requests of this site again, as it last said to a request for this repository.
    limited_until = models.DateTimeField(_("limited until"), null=True, editable=False)

    # The next request reads the issues that changed at this time or later, None all; or the page at next_url.
    since = models.DateTimeField(null=True, editable=False)
    next_url = models.TextField(blank=True, editable=False)
    # That of the last response to this request: GitHub does not count a request whose response has not changed.
    etag = models.CharField(max_length=200, blank=True, editable=False)
    # The number of the current complete read, which Issue.read repeats; 1 is the first fetch.
    read = models.PositiveIntegerField(default=1, editable=False)
    # When the last complete read ended; None during the first.
    read_at = models.DateTimeField(_("completely read at"), null=True, editable=False)
    # Whether the current complete read still goes on.
    is_reading = models.BooleanField(default=True, editable=False)
    # Counts the saved steps: of two concurrent ones, the later is discarded.
    version = models.PositiveIntegerField(default=0, editable=False)

    # Counters of open ones, counted when a fetch ends.
    issue_count = models.PositiveIntegerField(_("open issues"), default=0, editable=False)
    pull_request_count = models.PositiveIntegerField(_("open pull requests"), default=0, editable=False)

    objects = RepositoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")
        indexes = [
            # Serves lists by date in the admin.
            models.Index(fields=["created_at"], name="repository_created_at_idx"),
            # Serves RepositoryQuerySet.due().
            models.Index(fields=["next_fetch_at"], name="repository_next_fetch_at_idx"),
            # Serves RepositoryQuerySet.limited_until().
            models.Index(fields=["limited_until"], name="repository_limited_until_idx"),
        ]
        constraints = [
            # Serves RepositoryQuerySet.named().
            models.UniqueConstraint(Upper("owner"), Upper("name"), name="repository_owner_name_unique"),
            models.CheckConstraint(condition=~models.Q(owner="") & ~models.Q(name=""), name="repository_is_named"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def __repr__(self) -> str:
        return f"<Repository {self.name}>"

    def get_absolute_url(self) -> str:
        return cached_reverse("repositories:repository", self.owner, self.name)

    @property
    def full_name(self) -> str:
        """Return the owner and the name, as GitHub writes them."""
        return f"{self.owner}/{self.name}"

    @property
    def github_url(self) -> str:
        """Return the URL of its page on GitHub."""
        return f"{settings.GITHUB_URL}/{self.owner}/{self.name}"

    @property
    def is_demo(self) -> bool:
        """Return whether it is a demo repository, which is not on GitHub."""
        return self.next_fetch_at is None

    @property
    def has_failed(self) -> bool:
        """Return whether the last fetch failed."""
        return self.outcome not in (self.Outcome.NEVER, self.Outcome.STARTED, self.Outcome.FETCHED)


class Issue(models.Model):
    """An issue or a pull request of a repository, as GitHub had it when it was last read."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("issues", "Open")
        CLOSED = "closed", pgettext_lazy("issues", "Closed")

    # GitHub's own id.
    id = models.CharField(primary_key=True, max_length=40)
    repository = models.ForeignKey(
        Repository,
        verbose_name=_("repository"),
        on_delete=models.CASCADE,
        related_name="issues",
        db_index=False,  # the constraint below begins with it
    )
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH)
    state = models.CharField(_("state"), max_length=6, choices=State)
    # A username on GitHub; '' if that account was deleted.
    author = models.CharField(_("author"), max_length=AUTHOR_MAX_LENGTH, blank=True)
    # Names, in GitHub's order.
    labels = models.JSONField(_("labels"), default=list)
    is_pull_request = models.BooleanField(_("pull request"), default=False)
    opened_at = models.DateTimeField(pgettext_lazy("issue", "opened at"))
    updated_at = models.DateTimeField(_("updated at"))
    closed_at = models.DateTimeField(pgettext_lazy("issue", "closed at"), null=True)
    # The last complete read of the repository (Repository.read) that found it.
    read = models.PositiveIntegerField(default=1, editable=False)
    # The title and the labels in lower case, each on a line, which IssueQuerySet searches.
    search_text = models.TextField(editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        indexes = [
            # Serves IssueQuerySet.in_state(), and the counters.
            models.Index(fields=["repository", "state", "-number"], name="issue_state_number_idx"),
            # Serves the search for issues that vanished.
            models.Index(fields=["repository", "read"], name="issue_read_idx"),
        ]
        constraints = [
            # Serves lists of one repository, which are ordered by number.
            models.UniqueConstraint(fields=["repository", "number"], name="issue_repository_number_unique"),
            models.CheckConstraint(condition=models.Q(state__in=("open", "closed")), name="issue_state_known"),
            models.CheckConstraint(condition=~models.Q(id=""), name="issue_id_set"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    def __repr__(self) -> str:
        return f"<Issue {self.number}>"

    @property
    def github_url(self) -> str:
        """Return the URL of its page on GitHub; the repository must be loaded."""
        kind = "pull" if self.is_pull_request else "issues"
        return f"{self.repository.github_url}/{kind}/{self.number}"


class Watch(models.Model):
    """A user who is notified of new and closed issues of a repository."""

    # The constraint and the index below serve both.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches", db_index=False
    )
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="watches", db_index=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        constraints = [
            # Serves RepositoryQuerySet.watched_by() and with_is_watched().
            models.UniqueConstraint(fields=["user", "repository"], name="watch_user_repository_unique"),
        ]
        indexes = [
            # Serves notifications of the watchers of a repository.
            models.Index(fields=["repository", "user"], name="watch_repository_user_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.repository_id}"
