"""Users and usernames."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.passwords import normalize_password, password_forms
from accounts.placeholders import is_placeholder_email
from accounts.querysets import UserManager, UsernameQuerySet
from accounts.signals import password_set
from accounts.validators import ABOUT_ME_MAX_LENGTH, USERNAME_MAX_LENGTH, UsernameValidator, normalize_username
from microblog.core.performance.queries import Shape
from microblog.core.performance.urls import cached_reverse
from microblog.core.text import CODE_POINTS_PER_CHARACTER
from microblog.core.time_zones import find_zone


class User(AbstractBaseUser, PermissionsMixin):
    """
    A user.

    The counters are the same for every viewer and change in the transaction of the rows they count; `manage.py
    recount` repairs them.
    """

    class Theme(models.TextChoices):
        AUTO = "auto", _("Same as this device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class AvatarSource(models.TextChoices):
        GENERATED = "generated", _("Generated for my account")
        GRAVATAR = "gravatar", _("From Gravatar")

    username = models.CharField(_("username"), max_length=USERNAME_MAX_LENGTH, validators=[UsernameValidator()])
    email = models.EmailField(_("email"), max_length=120)
    # The email address given at sign-up where `email` is a placeholder; shown to the owner.
    claimed_email = models.EmailField(max_length=120, blank=True, default="", db_default="", editable=False)
    # Forms and the API limit characters; a character may be several code points.
    about_me = models.CharField(_("about me"), max_length=ABOUT_ME_MAX_LENGTH * CODE_POINTS_PER_CHARACTER, blank=True)
    # Replaces about_me once the email address is confirmed, where that is mandatory.
    pending_about_me = models.CharField(
        max_length=ABOUT_ME_MAX_LENGTH * CODE_POINTS_PER_CHARACTER,
        blank=True,
        db_default="",
        default="",
        editable=False,
    )
    created_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    # Written at most once a minute, by accounts.middleware.viewer.
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now, editable=False)
    # '' means the browser's language.
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    avatar_source = models.CharField(_("picture"), max_length=9, choices=AvatarSource, default=AvatarSource.GENERATED)
    post_count = models.PositiveIntegerField(_("posts"), default=0, editable=False)
    follower_count = models.PositiveIntegerField(_("followers"), default=0, editable=False)
    following_count = models.PositiveIntegerField(_("following"), default=0, editable=False)
    # Whether the user blocks, is blocked by or mutes any user: where false, queries skip these conditions. True may
    # outlast the account of the other user.
    has_blocks = models.BooleanField(default=False, db_default=False, editable=False)
    has_mutes = models.BooleanField(default=False, db_default=False, editable=False)
    # Shown by the badges on every page; updated by the services of messaging.
    unread_message_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    unread_notification_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # When these changed last, in microseconds of Unix time; compared by the poll of open pages.
    message_stamp = models.BigIntegerField(default=0, db_default=0, editable=False)
    notification_stamp = models.BigIntegerField(default=0, db_default=0, editable=False)
    # The export in progress and its percentage, shown on every page.
    export_id = models.BigIntegerField(null=True, editable=False)
    export_progress = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    is_staff = models.BooleanField(_("staff"), default=False)
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True, editable=False)
    # Null while suspended: no end. services.lift_due_suspensions() ends the others.
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True, editable=False)
    deactivated_at = models.DateTimeField(_("deactivated at"), null=True, blank=True, editable=False)
    # Set from the user's request until the account is deleted or restored.
    deletion_due_at = models.DateTimeField(_("to be deleted at"), null=True, blank=True, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [("view_email", "Can see email addresses")]
        indexes = [
            # Serves UserQuerySet.suggested_to().
            models.Index(fields=["follower_count", "id"], name="user_follower_count_idx"),
            # Serves services.enqueue_due_deletions().
            models.Index(
                fields=["deletion_due_at"],
                name="user_deletion_due_at_idx",
                condition=models.Q(deletion_due_at__isnull=False),
            ),
            # Serves services.lift_due_suspensions().
            models.Index(
                fields=["suspended_until"],
                name="user_suspended_until_idx",
                condition=models.Q(suspended_until__isnull=False),
            ),
        ]
        constraints = [
            # Username makes them unique ignoring case.
            models.UniqueConstraint(fields=["username"], name="user_username_unique"),
            models.UniqueConstraint(
                fields=["email"],
                name="user_email_unique",
                # Django's own code, so that the error is shown next to the field.
                violation_error_code="unique",
                violation_error_message=_("Please use a different email address."),
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the user; after set_password() on an existing one, send `password_set` in the transaction."""
        if self._password is None or self._state.adding:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            password_set.send(sender=User, user=self)

    def get_absolute_url(self) -> str:
        return cached_reverse("posts:profile", self.username)

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Return the stored form of a username, in bounded time unlike Django's."""
        return normalize_username(username)

    def set_password(self, raw_password: str | None) -> None:
        """Hash a password in its normal form; None means that the account cannot be signed in to."""
        super().set_password(raw_password and normalize_password(raw_password))

    def check_password(self, raw_password: str) -> bool:
        """Tell whether a password is right in any of its Unicode forms; a wrong one costs a hash for each."""
        check = super().check_password
        return any(check(form) for form in password_forms(raw_password))

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the account's time zone; None means the browser's."""
        return find_zone(self.time_zone)

    @property
    def is_active(self) -> bool:
        """Tell whether the account is open; Django refuses to sign in where it is not."""
        return self.deactivated_at is None

    @property
    def is_leaving(self) -> bool:
        """Tell whether the owner closed the account and may still restore it."""
        return self.deactivated_at is not None and self.deletion_due_at is not None

    @property
    def accepts_sign_in(self) -> bool:
        """Tell whether the owner can sign in, to use or to restore the account, and gets the mails for that."""
        return self.is_active or self.is_leaving

    @property
    def shown_email(self) -> str:
        """Return the email address that the owner gave, even where `email` is a placeholder."""
        return self.claimed_email if is_placeholder_email(self.email) else self.email

    @property
    def written_about_me(self) -> str:
        """Return about_me as its owner wrote it; others see it once the email address is confirmed."""
        return self.pending_about_me or self.about_me

    def shape(self) -> tuple[Shape, list[int]]:
        """Return what a compiled query depends on in its viewer, and the id that fills it in."""
        return Shape(User, (self.has_blocks, self.has_mutes), 1), [self.pk]

    @classmethod
    def of_shape(cls, state: tuple[bool, bool], ids: list[int]) -> User:
        """Return the viewer that a query is compiled for; any other field of it is deferred."""
        return cls.from_db(DEFAULT_DB_ALIAS, ["id", "has_blocks", "has_mutes"], [*ids, *state])


class Username(models.Model):
    """
    A current or former username of a user. Former ones stay reserved and redirect to the user.

    The primary key makes a username unique, ignoring case, among all that were ever used. Usernames of deleted
    accounts stay reserved without a user.
    """

    # fold_username() of the username; folding can turn a letter into three.
    key = models.CharField(max_length=3 * USERNAME_MAX_LENGTH, primary_key=True)
    # skeleton() of the username as written; at most seven letters for one. Null where another username of the same
    # user has it, or where one of another user had it before skeletons were compared.
    skeleton = models.CharField(max_length=8 * USERNAME_MAX_LENGTH, null=True, editable=False)  # noqa: DJ001 - unique
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="usernames")
    created_at = models.DateTimeField(default=timezone.now)

    objects = UsernameQuerySet.as_manager()

    class Meta:
        verbose_name = _("username")
        verbose_name_plural = _("usernames")
        constraints = [
            # Serves UsernameQuerySet.confusable_with().
            models.UniqueConstraint(fields=["skeleton"], name="username_skeleton_unique"),
        ]

    def __str__(self) -> str:
        return self.key
