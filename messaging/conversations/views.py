"""Pages of private messages."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.validators import fold_username
from messaging.conversations.forms import MessageForm, ThreadForm
from messaging.conversations.models import Message, Participant
from messaging.conversations.services import delete_conversation, mark_conversation_as_read, send_message
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.pagination import Cursor, paginate, parse_id
from microblog.core.performance.queries import compiled


@require_safe
def conversations(request: HttpRequest) -> HttpResponse:
    """List the user's conversations, the latest first."""
    page = paginate(
        request,
        partial(Participant.objects.page_of, request.user),
        size=settings.POSTS_PER_PAGE,
        key=attrgetter("last_message_id"),
    )
    return render(request, "messaging/conversations.html", {"page": page, "conversations": page.items})


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, username: str) -> HttpResponse:
    """Show a conversation and mark it as read; send a message."""
    draft = take_draft(request)
    if request.method != "POST":
        return _show_thread(request, username, ThreadForm(initial=draft))
    # Not only visible users: the form shows why a message to a user that blocks the sender is refused.
    person = get_object_or_404(User.objects.by_username(username))
    form = ThreadForm(request.POST)
    if _send(request, form, person):
        return redirect("messaging:thread", person.username)
    if User.objects.visible_to(request.user).filter(pk=person.pk).exists():
        return _show_thread(request, person.username, form)
    return _show_form(request, form, person)


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, username: str) -> HttpResponse:
    """Send a message from a profile, and redirect to the profile."""
    people = User.objects.all() if request.method == "POST" else User.objects.visible_to(request.user)
    person = get_object_or_404(people.by_username(username))
    form = MessageForm(request.POST or None, initial=take_draft(request))
    if _send(request, form, person):
        messages.success(request, _("Your message has been sent."))
        return redirect(person)
    return _show_form(request, form, person)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, username: str) -> HttpResponse:
    """Delete the user's side of a conversation after a confirmation."""
    own = Participant.objects.of(request.user).listed().with_person(username).for_list()
    participant = get_object_or_404(own)
    if request.method != "POST":
        return render(request, "messaging/delete.html", {"participant": participant})
    try:
        delete_conversation(participant, upto=parse_id(request.POST, "upto") or 0)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(participant)
    messages.success(request, _("The conversation was deleted for you."))
    return redirect("messaging:conversations")


def _send(request: HttpRequest, form: MessageForm, person: User) -> bool:
    """Send the message of a form, and return whether it was sent; otherwise add the error to the form."""
    if not form.is_valid():
        return False
    if not ratelimit.consume(request, action="send_message", user=request.user):
        form.add_error("body", _("You have sent too many messages. Please try again in a few minutes."))
        return False
    try:
        send_message(person, sender=request.user, **form.cleaned_data)
    except DomainError as error:
        form.add_error("body", error.message)
        return False
    return True


def _show_form(request: HttpRequest, form: MessageForm, person: User) -> HttpResponse:
    context = {"form": form, "person": person, "max_length": settings.MESSAGE_MAX_LENGTH}
    return render(request, "messaging/send.html", context)


def _show_thread(request: HttpRequest, username: str, form: ThreadForm) -> HttpResponse:
    """Render a conversation next to the list of the latest ones; one query fetches both."""
    size = settings.POSTS_PER_PAGE
    key = fold_username(username)
    # PostgreSQL rejects null characters.
    rows = [] if "\0" in key else Participant.objects.for_thread(request.user, key, Cursor(size))
    rows.sort(key=lambda row: row.last_message_id or 0, reverse=True)
    participant = next((row for row in rows if fold_username(row.other.username) == key), None)
    page, first_unread = None, None
    if participant:
        person = participant.other
        fetch = partial(_messages_of, participant.conversation_id, participant.deleted_up_to)
        page = paginate(request, fetch, size=size)
        if participant.unread_count:
            first_unread = _first_unread(page.items, participant)
        if request.method != "HEAD" and page.items and not page.newer:
            _mark_as_read(request.user, participant, upto=page.items[0].pk)
    else:
        person = get_object_or_404(User.objects.visible_to(request.user).by_username(username))
        if fold_username(person.username) != key:
            return redirect("messaging:thread", person.username, permanent=True)
        if person == request.user:
            messages.error(request, _("You cannot write to yourself."))
            return redirect("messaging:conversations")
    context = {
        "form": form,
        "person": person,
        "participant": participant,
        "page": page,
        "is_muted": bool(participant and participant.is_blocked_either_way)
        and request.user.mutes_made.filter(muted=person).exists(),
        "first_unread": first_unread,
        "conversations": [row for row in rows if row.last_message_id][:size],
        "max_length": settings.MESSAGE_MAX_LENGTH,
    }
    return render(request, "messaging/thread.html", context)


@compiled
def _messages_of(conversation_id: int, deleted_up_to: int, cursor: Cursor) -> QuerySet[Message]:
    side = Participant(conversation_id=conversation_id, deleted_up_to=deleted_up_to)
    return cursor.window(Message.objects.seen_by(side))


def _first_unread(items: list[Message], participant: Participant) -> int | None:
    """Return the id of the oldest unread message, or None. `items` are in descending order."""
    unread = (row.pk for row in reversed(items) if row.pk > participant.read_up_to)
    own = {row.pk for row in items if row.sender_id == participant.user_id}
    return next((pk for pk in unread if pk not in own), None)


def _mark_as_read(user: User, participant: Participant, *, upto: int) -> None:
    """Mark a conversation as read, and update the badges of this page."""
    unread = participant.unread_count
    if unread and mark_conversation_as_read(participant, upto=upto):
        participant.unread_count = 0
        user.unread_message_count = max(user.unread_message_count - unread, 0)
