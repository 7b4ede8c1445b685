"""Querysets of users, each limited to what the viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from accounts.confusables import skeleton
from accounts.validators import fold_username
from microblog.core.changes import AnnouncingQuerySet

if TYPE_CHECKING:
    from accounts.models import User, Username  # noqa: F401 - in the name of a type below

# Suggestions are taken from this many of the site's most followed users.
SUGGESTION_POOL = 200


def people_blocked_either_way(user: User) -> QuerySet[Any]:
    """Return the ids of the users that a user blocks and of those that block the user."""
    return user.blocks_made.values("blocked").union(user.blocks_received.values("blocker"), all=True)


def people_visible_to(viewer: User | AnonymousUser, prefix: str = "", *, is_far: bool = False) -> Q:
    """
    Match the users that a viewer may see: all but suspended and deactivated ones, and always the viewer.

    Where one of two users blocks the other, neither sees the other. This rule is defined here alone. `prefix` is the
    path to the user in the query, such as "author__". With `is_far` the rows are at the far end of a join.
    """
    visible = Q(**{f"{prefix}suspended_at": None, f"{prefix}deactivated_at": None})
    if viewer.pk is None:
        return visible
    person = prefix.removesuffix("__") or "pk"
    visible |= Q(**{person: viewer.pk})
    if not viewer.has_blocks:
        return visible
    made, received = viewer.blocks_made, viewer.blocks_received
    if prefix and not is_far:
        # One list for all rows, hashed once.
        return visible & ~Q(**{f"{person}__in": people_blocked_either_way(viewer)})
    # At the far end of a join, as users often are, PostgreSQL would plan to build the list for each row.
    return (
        visible & ~Exists(made.filter(blocked=OuterRef(person))) & ~Exists(received.filter(blocker=OuterRef(person)))
    )


def people_unblocked_by(reader: User, prefix: str = "") -> Q:
    """
    Match the users whose mentions and messages a reader keeps: visible ones, and those that block the reader.

    The reader can still report what the latter wrote to them. `prefix` is as in people_visible_to().
    """
    if not reader.has_blocks:
        return people_visible_to(reader, prefix)
    blocked = reader.blocks_made.values("blocked")
    return people_visible_to(AnonymousUser(), prefix) & ~Q(**{f"{prefix.removesuffix('__') or 'pk'}__in": blocked})


def is_blocked_either_way(viewer: User, person: str) -> Q | Value:
    """Tell whether the viewer or the user at the path `person` blocks the other: then only the username is shown."""
    if not viewer.has_blocks:
        return Value(False)
    made, received = viewer.blocks_made, viewer.blocks_received
    return Exists(made.filter(blocked=OuterRef(person))) | Exists(received.filter(blocker=OuterRef(person)))


def people_unmuted_by(viewer: User | AnonymousUser, prefix: str = "") -> Q:
    """
    Match the users that a viewer does not mute.

    For timelines, notifications and suggestions alone, in addition to people_visible_to(); `prefix` is as there.
    """
    if viewer.pk is None or not viewer.has_mutes:
        return Q()
    return ~Q(**{f"{prefix.removesuffix('__') or 'pk'}__in": viewer.mutes_made.values("muted")})


class UserQuerySet(AnnouncingQuerySet["User"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Keep the users that the viewer may see."""
        return self.filter(people_visible_to(viewer))

    def by_username(self, username: str) -> Self:
        """Keep the user that holds a username, current or former, ignoring case."""
        if "\0" in username:
            return self.none()  # PostgreSQL refuses to compare it
        return self.filter(usernames__key=fold_username(username))

    def by_email(self, email: str) -> Self:
        """Keep the user with this email address, ignoring case."""
        if "\0" in email:
            return self.none()
        return self.filter(email=email.lower())

    def confirmed_or_signed_in(self) -> Self:
        """Exclude new accounts that were never used because their email address is not confirmed."""
        return self.filter(Q(last_login__isnull=False) | Q(emailaddress__verified=True)).distinct()

    def followers_of(self, person: User) -> Self:
        """Keep the followers of a user."""
        return self.filter(following_set__followed=person)

    def followed_by(self, person: User) -> Self:
        """Keep the users that a user follows."""
        return self.filter(follower_set__follower=person)

    def blocked_by(self, person: User) -> Self:
        """Keep the users that a user blocks, without suspended and deactivated ones."""
        return self.filter(people_visible_to(AnonymousUser()), blocks_received__blocker=person)

    def blocked_either_way_with(self, person: User) -> Self:
        """Keep the users hidden from a user because one of the two blocks the other."""
        blocked = person.blocks_made.values("blocked").union(person.blocks_received.values("blocker"))
        return self.filter(people_visible_to(AnonymousUser()), pk__in=blocked)

    def actionable_by(self, viewer: User) -> Self:
        """
        Keep the users that a viewer may report, block and mute, even where one of the two blocks the other.

        These are all but suspended and deactivated ones. Each is annotated with `is_blocked_either_way`: where that is
        true, only the username is shown.
        """
        return self.visible_to(AnonymousUser()).annotate(is_blocked_either_way=is_blocked_either_way(viewer, "pk"))

    def muted_by(self, person: User) -> Self:
        """Keep the users that a user mutes and does not block, annotated as in actionable_by()."""
        muted = self.actionable_by(person).filter(mutes_received__muter=person)
        return muted.exclude(blocks_received__blocker=person) if person.has_blocks else muted

    def with_is_followed(self, viewer: User) -> Self:
        """Annotate each user with `is_followed`: whether the viewer follows them."""
        followed = viewer.following_set.filter(followed=OuterRef("pk"))
        return self.annotate(is_followed=Exists(followed))

    def with_hides_reposts(self, viewer: User) -> Self:
        """Annotate each user with `hides_reposts`: whether the viewer follows them and hides what they repost."""
        followed = viewer.following_set.filter(followed=OuterRef("pk"), hides_reposts=True)
        return self.annotate(hides_reposts=Exists(followed))

    def with_is_muted(self, viewer: User) -> Self:
        """Annotate each user with `is_muted`: whether the viewer mutes them."""
        muted = Exists(viewer.mutes_made.filter(muted=OuterRef("pk"))) if viewer.has_mutes else Value(False)
        return self.annotate(is_muted=muted)

    def suggested_to(self, viewer: User) -> Self:
        """
        Keep users that the viewer neither follows nor mutes, most followed first.

        Only the SUGGESTION_POOL most followed users of the site are considered, which bounds the cost for a viewer
        that follows all of them.
        """
        pool = self.model._base_manager.filter(people_visible_to(viewer)).order_by("-follower_count", "-pk")
        return (
            self.with_is_followed(viewer)
            .filter(people_unmuted_by(viewer), pk__in=pool.values("pk")[:SUGGESTION_POOL], is_followed=False)
            .exclude(pk=viewer.pk)
            .order_by("-follower_count", "-pk")
        )


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc] # a class made at run time
    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user that holds a username, ignoring case."""
        return self.by_username(username or "").get()

    @transaction.atomic
    def create_user(self, username: str, email: str, password: str | None = None, **fields: object) -> User:
        """
        Create a user and their username; None as the password means that the account cannot be signed in to.

        Raise IntegrityError when the username or the email address is taken.
        """
        user = self.model(username=self.model.normalize_username(username), email=email.lower(), **fields)
        user.set_password(password)
        user.save(force_insert=True, using=self._db)
        user.usernames.create(key=fold_username(user.username), skeleton=skeleton(user.username))
        return user

    @transaction.atomic
    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: object) -> User:
        """
        Create a superuser with a verified email address.

        Raise ValidationError when the username or the email address is taken, as `manage.py createsuperuser` expects.
        """
        names = self.model._meta.get_field("usernames").related_model._default_manager
        if names.confusable_with(self.model.normalize_username(username)).exists():
            raise ValidationError(_("Please use a different username."))
        if self.by_email(email).exists():
            raise ValidationError(_("Please use a different email address."))
        user = self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)
        user.emailaddress_set.create(  # type: ignore[attr-defined] # a reverse relation of allauth
            email=user.email, primary=True, verified=True
        )
        return user


class UsernameQuerySet(QuerySet["Username"]):
    def confusable_with(self, username: str) -> Self:
        """Keep the usernames that equal a username, ignoring case, or are confusable with it."""
        return self.filter(Q(key=fold_username(username)) | Q(skeleton=skeleton(username)))
