"""
The floor under the site's pages: bare views that show the same rows in as many bytes, by plain means of Django.

Django's middleware finds the session and the user, one query of the ORM the values that are shown, and one template
without tags but `for`, or `JsonResponse`, renders them. Of the site, only the models are used. The URL of a bare page
is that of the page, after PREFIX, with `?bytes=` to fill and, of most, the `ids=` of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import backends
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIHandler
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import Context, Engine
from django.test import override_settings
from django.urls import path

from accounts.models import User
from bench.load.requests import Request
from messaging.models import Message, Notification, Participant
from microblog.core.performance.frames import with_room_for_calls
from posts.models import Post

# The names of the pages with a floor.
FLOORED = (
    *("home", "explore", "profile", "popover", "post", "poll", "conversations", "thread"),
    *("API: users", "API: followers", "API: home", "API: public"),
)
PREFIX = "/bare"
BACKEND = f"{backends.__name__}.{backends.ModelBackend.__name__}"
PADDING = "." * 1_000_000

PAGE = """<!doctype html><title>{{ user.username }}</title>{% for row in rows %}ROW{% endfor %}"""
POST = """
<article id="post{{ row.id }}">
  <a href="/user/{{ row.author__username }}">{{ row.author__username }}</a> <time>{{ row.created_at|date:"c" }}</time>
  <p>{{ row.body_html|safe }}</p> <a href="/post/{{ row.id }}">{{ row.reply_count }}</a> <b>{{ row.like_count }}</b>
</article>"""
PERSON = """
<h1>{{ row.username }}</h1> <time>{{ row.last_seen|date:"c" }}</time> <p>{{ row.about_me }}</p>
<ul><li>{{ row.post_count }}</li><li>{{ row.follower_count }}</li><li>{{ row.following_count }}</li></ul>"""
MESSAGE = """
<article id="message{{ row.id }}">
  <a href="/user/{{ row.sender__username }}">{{ row.sender__username }}</a> <time>{{ row.sent_at|date:"c" }}</time>
  <p>{{ row.body }}</p>
</article>"""
CONVERSATION = """
<a href="/messages/{{ row.other__username }}">{{ row.other__username }}</a> {{ row.unread_count }}
<time>{{ row.last_message__sent_at|date:"c" }}</time> <p>{{ row.last_message__body }}</p>"""

Rows = Callable[..., "QuerySet[Any, dict[str, Any]]"]
View = Callable[..., HttpResponse]


def posts(_viewer: User, ids: list[str], **_arguments: Any) -> QuerySet[Post, dict[str, Any]]:
    fields = ("id", "author__username", "body_html", "created_at", "reply_count", "like_count")
    return Post.objects.filter(pk__in=ids).order_by("-pk").values(*fields)


def api_posts(_viewer: User, ids: list[str]) -> QuerySet[Post, dict[str, Any]]:
    fields = ("id", "author", "author__username", "body", "created_at", "edited_at", "language", "reply_to")
    return Post.objects.filter(pk__in=ids).order_by("-pk").values(*fields)


def api_users(_viewer: User, ids: list[str], **_arguments: Any) -> QuerySet[User, dict[str, Any]]:
    fields = ("id", "username", "about_me", "last_seen", "post_count", "follower_count", "following_count")
    return User.objects.filter(pk__in=ids).order_by("pk").values(*fields)


def person(_viewer: User, _ids: list[str], username: str) -> QuerySet[User, dict[str, Any]]:
    fields = ("username", "about_me", "last_seen", "post_count", "follower_count", "following_count")
    return User.objects.filter(username=username).values(*fields)


def progress(viewer: User, _ids: list[str]) -> QuerySet[Notification, dict[str, Any]]:
    return Notification.objects.filter(user=viewer, kind=Notification.Kind.TASK_PROGRESS).values("payload")


def conversations(viewer: User, _ids: list[str]) -> QuerySet[Participant, dict[str, Any]]:
    rows = Participant.objects.filter(user=viewer, last_message__isnull=False).order_by("-last_message")
    fields = ("other__username", "unread_count", "last_message__sent_at", "last_message__body")
    return rows.values(*fields)[: settings.POSTS_PER_PAGE]


def thread(viewer: User, _ids: list[str], username: str) -> QuerySet[Message, dict[str, Any]]:
    sides = {"conversation__participants__user": viewer, "conversation__participants__other__username": username}
    rows = Message.objects.filter(**sides).order_by("-pk")
    return rows.values("id", "sender__username", "sent_at", "body")[: settings.POSTS_PER_PAGE]


def _html(row: str, find: Rows) -> View:
    """Return a view that shows rows in a template."""
    template = Engine().from_string(PAGE.replace("ROW", row))

    def view(request: HttpRequest, **arguments: Any) -> HttpResponse:
        rows = find(request.user, request.GET["ids"].split(), **arguments)
        text = template.render(Context({"user": request.user, "rows": rows}))
        return HttpResponse(text + PADDING[: max(0, int(request.GET["bytes"]) - len(text))])

    return view


def _json(find: Rows) -> View:
    """Return a view that shows rows as JSON."""

    def view(request: HttpRequest, **arguments: Any) -> HttpResponse:
        items = list(find(request.user, request.GET["ids"].split(), **arguments))
        response = JsonResponse({"user": request.user.username, "items": items})
        response.write(PADDING[: max(0, int(request.GET["bytes"]) - len(response.content))])
        return response

    return view


_SITE = PREFIX.removeprefix("/")
urlpatterns = [
    path(f"{_SITE}/", _html(POST, posts)),
    path(f"{_SITE}/explore", _html(POST, posts)),
    path(f"{_SITE}/user/<str:username>", _html(POST, posts)),
    path(f"{_SITE}/user/<str:username>/popup", _html(PERSON, person)),
    path(f"{_SITE}/post/<int:pk>", _html(POST, posts)),
    path(f"{_SITE}/messages", _html(CONVERSATION, conversations)),
    path(f"{_SITE}/messages/<str:username>", _html(MESSAGE, thread)),
    path(f"{_SITE}/notifications", _json(progress)),
    path(f"{_SITE}/api/users", _json(api_users)),
    path(f"{_SITE}/api/users/<int:pk>/followers", _json(api_users)),
    path(f"{_SITE}/api/timelines/home", _json(api_posts)),
    path(f"{_SITE}/api/timelines/public", _json(api_posts)),
]


class Sessions(SessionMiddleware):
    """Django's own sessions in the database, and these URLs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.SessionStore = SessionStore

    def process_request(self, request: HttpRequest) -> None:
        request.urlconf = __name__  # type: ignore[attr-defined] # read by Django
        super().process_request(request)


def path_for(request: Request, size: int) -> str:
    """Return the URL of the bare page for a page of this size."""
    query = urlencode({"bytes": size, "ids": " ".join(map(str, request.posts or []))})
    return f"{PREFIX}{request.path}{'&' if '?' in request.path else '?'}{query}"


def sign_in(user: User) -> str:
    """Return a cookie with which bare pages know the user."""
    session = SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = BACKEND
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def make_application() -> Callable[..., Iterable[bytes]]:
    """
    Return what serves bare pages, with as much room for calls as the site has.

    Django knows their users from now on by its own backend too.
    """
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
    classes = (Sessions, AuthenticationMiddleware)
    with override_settings(MIDDLEWARE=[f"{middleware.__module__}.{middleware.__name__}" for middleware in classes]):
        return with_room_for_calls(WSGIHandler())
