"""Reads of people, each limited to what the viewer may see."""

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

# People at the top of the site's ranking among whom suggestions are looked for.
SUGGESTION_POOL = 200


def people_blocked_either_way(user: User) -> QuerySet[Any]:
    """Return the ids of the people whom a user blocks and of those who block the user."""
    return user.blocks_made.values("blocked").union(user.blocks_received.values("blocker"), all=True)


def people_visible_to(viewer: User | AnonymousUser, prefix: str = "") -> Q:
    """
    Decide which people a viewer may see: all but suspended and deactivated ones, and always oneself.

    Where one of two people blocks the other, neither sees the other. The one place of this rule. `prefix` is the path
    to the user in the query, such as "author__".
    """
    visible = Q(**{f"{prefix}suspended_at": None, f"{prefix}deactivated_at": None})
    if viewer.pk is None:
        return visible
    person = prefix.removesuffix("__") or "pk"
    visible |= Q(**{person: viewer.pk})
    if not viewer.has_blocks:
        return visible
    made, received = viewer.blocks_made, viewer.blocks_received
    if prefix:
        # One list for all rows, hashed once.
        return visible & ~Q(**{f"{person}__in": people_blocked_either_way(viewer)})
    # People are often at the far end of a join, where PostgreSQL reckons with one such list for each.
    return visible & ~Exists(made.filter(blocked=OuterRef("pk"))) & ~Exists(received.filter(blocker=OuterRef("pk")))


def people_heard_by(reader: User, prefix: str = "") -> Q:
    """
    Decide whose mentions and messages a user keeps: those of people whom they may see, and of those who block them.

    What these wrote to the user can still be reported. `prefix` is as in people_visible_to().
    """
    if not reader.has_blocks:
        return people_visible_to(reader, prefix)
    blocked = reader.blocks_made.values("blocked")
    return people_visible_to(AnonymousUser(), prefix) & ~Q(**{f"{prefix.removesuffix('__') or 'pk'}__in": blocked})


def is_kept_apart(viewer: User, person: str) -> Q | Value:
    """Tell whether a block is between the viewer and the user at the path `person`, of whom only the name is shown."""
    if not viewer.has_blocks:
        return Value(False)
    made, received = viewer.blocks_made, viewer.blocks_received
    return Exists(made.filter(blocked=OuterRef(person))) | Exists(received.filter(blocker=OuterRef(person)))


def people_unmuted_by(viewer: User | AnonymousUser, prefix: str = "") -> Q:
    """
    Decide whose posts and doings reach a viewer unasked: those of everybody whom the viewer does not mute.

    For timelines, notifications and suggestions alone, beside people_visible_to(); `prefix` is as there.
    """
    if viewer.pk is None or not viewer.has_mutes:
        return Q()
    return ~Q(**{f"{prefix.removesuffix('__') or 'pk'}__in": viewer.mutes_made.values("muted")})


class UserQuerySet(AnnouncingQuerySet["User"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Keep the people whom the viewer may see."""
        return self.filter(people_visible_to(viewer))

    def by_username(self, username: str) -> Self:
        """Keep the one who holds a name, today's or a former one, without regard to case."""
        if "\0" in username:
            return self.none()  # PostgreSQL refuses to compare it
        return self.filter(usernames__key=fold_username(username))

    def by_email(self, email: str) -> Self:
        """Keep the one whose e-mail address it is, without regard to case."""
        if "\0" in email:
            return self.none()
        return self.filter(email=email.lower())

    def who_confirmed_or_signed_in(self) -> Self:
        """Leave out new accounts that were never opened because their address is not confirmed."""
        return self.filter(Q(last_login__isnull=False) | Q(emailaddress__verified=True)).distinct()

    def followers_of(self, person: User) -> Self:
        """Keep the people who follow a person."""
        return self.filter(following_set__followed=person)

    def followed_by(self, person: User) -> Self:
        """Keep the people whom a person follows."""
        return self.filter(follower_set__follower=person)

    def blocked_by(self, person: User) -> Self:
        """Keep the people whom a person blocks and who are neither suspended nor deactivated."""
        return self.filter(people_visible_to(AnonymousUser()), blocks_received__blocker=person)

    def kept_apart_from(self, person: User) -> Self:
        """Keep the people whom a person may not see because one of them blocks the other."""
        blocked = person.blocks_made.values("blocked").union(person.blocks_received.values("blocker"))
        return self.filter(people_visible_to(AnonymousUser()), pk__in=blocked)

    def whom_one_may_act_on(self, viewer: User) -> Self:
        """
        Keep the users whom a viewer may report, block and mute, whoever of them blocks the other.

        These are all but suspended and deactivated ones. Say of each, as `is_kept_apart`, whether a block is between
        them: then nothing but the name is shown.
        """
        return self.visible_to(AnonymousUser()).annotate(is_kept_apart=is_kept_apart(viewer, "pk"))

    def muted_by(self, person: User) -> Self:
        """Keep the users whom a person mutes and does not block, with `is_kept_apart` as in whom_one_may_act_on()."""
        muted = self.whom_one_may_act_on(person).filter(mutes_received__muter=person)
        return muted.exclude(blocks_received__blocker=person) if person.has_blocks else muted

    def with_is_followed(self, viewer: User) -> Self:
        """Say of each person, as `is_followed`, whether the viewer follows them."""
        followed = viewer.following_set.filter(followed=OuterRef("pk"))
        return self.annotate(is_followed=Exists(followed))

    def with_is_muted(self, viewer: User) -> Self:
        """Say of each person, as `is_muted`, whether the viewer mutes them."""
        muted = Exists(viewer.mutes_made.filter(muted=OuterRef("pk"))) if viewer.has_mutes else Value(False)
        return self.annotate(is_muted=muted)

    def suggested_to(self, viewer: User) -> Self:
        """
        Order the people whom the viewer neither follows nor mutes by how many others follow them.

        Only the site's most followed people are looked at, so that the cost is bounded for those who follow
        all of them.
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
        """Find who holds a name, without regard to case."""
        return self.by_username(username or "").get()

    @transaction.atomic
    def create_user(self, username: str, email: str, password: str | None = None, **fields: object) -> User:
        """
        Create a person who holds the name; a password of None makes an account nobody can sign in to.

        Raise IntegrityError when the name or the address is taken.
        """
        user = self.model(username=self.model.normalize_username(username), email=email.lower(), **fields)
        user.set_password(password)
        user.save(force_insert=True, using=self._db)
        user.usernames.create(key=fold_username(user.username), skeleton=skeleton(user.username))
        return user

    @transaction.atomic
    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: object) -> User:
        """
        Create a person who may do everything, whose address counts as verified.

        Raise ValidationError when the name or the address is taken, as `manage.py createsuperuser` expects it.
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
        """Keep the names that equal a name without regard to case, or could be taken for it."""
        return self.filter(Q(key=fold_username(username)) | Q(skeleton=skeleton(username)))
