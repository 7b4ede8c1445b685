"""Template tags that show people with their counts and the button to follow them, cached by their content."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from django import template
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name

from accounts.models import User
from accounts.templatetags.accounts import avatar
from microblog.core.performance.fragments import render_cached
from microblog.core.templatetags.microblog import timestamp

register = template.Library()


class PersonContent(NamedTuple):
    """Everything that the HTML of a person in a list depends on. `name` and `about` are HTML."""

    pk: int
    username: str
    picture: SafeString
    name: SafeString
    about: SafeString
    # None for the viewer, who has no button.
    is_followed: bool | None


class Counts(NamedTuple):
    """Everything that the links with a person's counts depend on."""

    pk: int
    username: str
    posts: int
    followers: int
    following: int


def _person(context: Context, person: User, size: int, name_html: str = "", about_html: str = "") -> PersonContent:
    return PersonContent(
        pk=person.pk,
        username=person.username,
        picture=avatar(context, person, size),
        name=conditional_escape(name_html or person.username),
        about=conditional_escape(about_html or person.about_me),
        is_followed=None if person.pk == context["user"].pk else person.is_followed,
    )


def _counts(person: User) -> Counts:
    return Counts(person.pk, person.username, person.post_count, person.follower_count, person.following_count)


@register.simple_tag(takes_context=True)
def person_row(context: Context, person: User, size: int, name_html: str = "", about_html: str = "") -> SafeString:
    """
    Render a person in a list, with a picture of this size. The person has `is_followed`.

    The HTML replaces the username and the text about the person, for example with highlighted words.
    """
    content = _person(context, person, size, name_html, about_html)
    return render_cached(context, "relationships/_person.html", {"person": content})


@register.simple_tag(takes_context=True)
def person_counts(context: Context, person: User) -> SafeString:
    """Render the numbers of a person's posts, followers and followed people, as links."""
    return render_cached(context, "relationships/_counts.html", {"counts": _counts(person)})


@register.simple_tag(takes_context=True)
def follow_form(context: Context, person: User) -> SafeString:
    """Render the button to follow or unfollow; after a request that does, with what else it changes on the page."""
    values: dict[str, Hashable] = {"pk": person.pk, "username": person.username, "is_followed": person.is_followed}
    if context["request"].method == "POST":
        values |= {"followers": person.follower_count, "hides_reposts": person.hides_reposts}
    return render_cached(context, "relationships/_follow_form.html", values)


@register.simple_tag(takes_context=True)
def profile_top(context: Context, person: User, *, is_with_replies: bool) -> SafeString:
    """
    Render what a profile shows of a person above their posts, and the tabs of these.

    The person has `is_followed`, `hides_reposts` and `is_muted`, except the viewer.
    """
    values: dict[str, Hashable] = {
        "username": person.username,
        "picture": avatar(context, person, 128),
        "about": person.about_me,
        "created_at": person.created_at,
        "zone": get_current_timezone_name(),
        "counts": _counts(person),
        "is_with_replies": is_with_replies,
    }
    user = context["user"]
    if person == user:
        values |= {"is_own": True, "is_exporting": user.export_id is not None}
    else:
        values |= {
            "pk": person.pk,
            "is_followed": person.is_followed,
            "hides_reposts": person.hides_reposts,
            "is_muted": person.is_muted,
        }
    last_seen = timestamp(person.last_seen, "full") if person.last_seen else ""
    return render_cached(context, "relationships/_profile.html", values, {"last_seen": last_seen})


@register.simple_tag(takes_context=True)
def side_column(context: Context) -> SafeString:
    """Render the side column: the user, unless the page is about them (`person`), and `suggestions` to follow."""
    user = context["user"]
    own = None if user == context.get("person") else _person(context, user, 64)
    people = tuple(_person(context, person, 40) for person in context.get("suggestions") or ())
    values = {"own": own, "counts": own and _counts(user), "people": people}
    return render_cached(context, "includes/_side.html", values) if own or people else SafeString()
