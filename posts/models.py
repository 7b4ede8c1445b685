"""All models of the app, where Django looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from microblog.core.checks import POST_MAX_LENGTH_CEILING
from microblog.core.performance.urls import cached_reverse
from microblog.core.text import CODE_POINTS_PER_CHARACTER
from posts.querysets import PostQuerySet
from posts.reactions.models import Bookmark, Like

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["Bookmark", "DeletedPost", "Like", "Post"]


class Post(models.Model):
    """A short text by one user. Ids increase with time, and lists are ordered by id."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.CASCADE,
        related_name="posts",
        db_index=False,  # the index below begins with it
    )
    body = models.TextField(_("text"))
    # The body as sanitised HTML, and the version of posts.rendering that rendered it.
    body_html = models.TextField(editable=False)
    renderer_version = models.PositiveSmallIntegerField(editable=False)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("edited at"), null=True, editable=False)
    # A code such as "es" (posts.languages), '' if unknown.
    language = models.CharField(_("language"), max_length=5, blank=True)
    # The version of the detector that set the language: 0 for none, SET_BY_HAND for a person.
    detector_version = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    hidden_at = models.DateTimeField(_("hidden at"), null=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("hidden by"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # the index below covers hidden posts only
    )
    hidden_reason = models.CharField(_("reason for hiding"), max_length=200, blank=True, editable=False)
    # Derived from the form's key and the content (core.fields), so that sending a form twice writes one post.
    submission_key = models.UUIDField(null=True, editable=False)

    # The post that this one replies to. It may be deleted since (DeletedPost), hence no constraint.
    reply_to = models.ForeignKey(
        "self",
        verbose_name=_("post replied to"),
        on_delete=models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="replies",
        db_constraint=False,
        db_index=False,  # the index below covers replies only
    )
    # The user that a reply answers; NULL for a post that starts a thread, and for its author's own continuation of it.
    # A deleted user stays here, so that a reply to them does not become a post of its own.
    addressee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user replied to"),
        on_delete=models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,  # never sought
    )
    # The post that this row reposts; it has no text of its own. The post may be deleted since, hence no constraint.
    # `hidden_at` of a repost is when it was undone: if it is repeated, it has its former place and notifies no one.
    repost_of = models.ForeignKey(
        "self",
        verbose_name=_("post reposted"),
        on_delete=models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="reposts",
        db_constraint=False,
        db_index=False,  # the indexes below cover reposts only
    )
    # The day of a repost in UTC.
    reposted_on = models.DateField(null=True, editable=False)
    # Replies that are not hidden, and likes and reposts that are not undone, by active users.
    reply_count = models.PositiveIntegerField(_("replies"), default=0, db_default=0, editable=False)
    like_count = models.PositiveIntegerField(_("likes"), default=0, db_default=0, editable=False)
    repost_count = models.PositiveIntegerField(_("reposts"), default=0, db_default=0, editable=False)

    # Set by posts.reading.prepare_posts(): None if there is no addressee, or the reader may not see them.
    addressee_name: str | None = None
    # Whether the reader likes it, has reposted it and has bookmarked it.
    is_liked = False
    is_reposted = False
    is_bookmarked = False
    # Set by posts.reading.posts_of(): the repost by which a post is in the home timeline.
    repost: Post | None = None

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            # Serves profile pages and every query of the home timeline.
            models.Index(fields=["author", "-id"], name="post_author_id_idx"),
            # Serves the posts of a profile page, without replies to others and reposts.
            models.Index(
                fields=["author", "-id"], name="post_own_idx", condition=models.Q(addressee=None, repost_of=None)
            ),
            # Serves the replies to a post, those of one author among many, and recounts.
            models.Index(
                fields=["reply_to", "id", "author"], name="post_reply_idx", condition=models.Q(reply_to__isnull=False)
            ),
            # Serves the list of users that repost a post, recounts and its deletion.
            models.Index(
                fields=["repost_of", "-id"], name="post_repost_idx", condition=models.Q(repost_of__isnull=False)
            ),
            # Serves the home timeline, which shows a post once a day.
            models.Index(
                fields=["repost_of", "reposted_on", "id"],
                name="post_repost_day_idx",
                condition=models.Q(repost_of__isnull=False),
            ),
            # Serves services.render_older_posts().
            models.Index(fields=["renderer_version", "id"], name="post_renderer_version_id_idx"),
            # Serves the deletion of users that hid posts.
            models.Index(fields=["hidden_by"], name="post_hidden_by_idx", condition=models.Q(hidden_by__isnull=False)),
        ]
        constraints = [
            # Serves publish_post().
            models.UniqueConstraint(fields=["author", "submission_key"], name="post_submission_unique"),
            # Serves repost_post(), and which posts of a page their reader has reposted.
            models.UniqueConstraint(
                fields=["author", "repost_of"],
                name="post_repost_unique",
                condition=models.Q(repost_of__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(repost_of=None, reposted_on=None)
                | models.Q(repost_of__isnull=False, reposted_on__isnull=False, reply_to=None, body=""),
                name="post_repost_is_empty",
            ),
            # The ceiling of POST_MAX_LENGTH; forms check the setting itself.
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), POST_MAX_LENGTH_CEILING * CODE_POINTS_PER_CHARACTER),
                name="post_body_length",
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    def get_absolute_url(self) -> str:
        return cached_reverse("posts:post", self.pk)

    @property
    def audit_name(self) -> str:
        """Return the name of the post in the audit log, without its text: the log outlives the post."""
        return f"{self.author.username}/{self.pk}"

    def language_can_be_corrected_by(self, user: User) -> bool:
        return user.is_staff or self.author_id == user.pk

    @property
    def html(self) -> SafeString:
        """Return the body as the safe HTML that posts.rendering wrote."""
        return mark_safe(self.body_html)  # noqa: S308 - written by the renderer alone


class DeletedPost(models.Model):
    """What is left of a deleted post that had replies: its place in the thread."""

    id = models.BigIntegerField(_("number of the post"), primary_key=True)
    reply_to_id = models.BigIntegerField(_("post replied to"), null=True)

    class Meta:
        verbose_name = _("deleted post")
        verbose_name_plural = _("deleted posts")

    def __str__(self) -> str:
        return str(self.pk)
