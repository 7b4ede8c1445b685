"""The page of notifications, the poll of open pages, and which kinds of notifications a user gets."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.notifications.display import NotificationGroup, group_notifications
from messaging.notifications.forms import NotificationSettingsForm
from messaging.notifications.models import Notification
from messaging.notifications.poll import changes_for, parse_since
from messaging.notifications.services import mark_all_notifications_as_read, mark_notification_as_read, silence_kinds
from microblog.core.limits import within_limit
from microblog.core.pagination import paginate, parse_id
from microblog.core.requests import prefers_json
from microblog.core.sign_in import redirect_to_sign_in


@require_safe
@login_not_required
def notifications(request: HttpRequest) -> HttpResponse:
    """
    Return the changes since a Unix time, `?since=`, as JSON to the poll of an open page; otherwise show the page.

    A poll without a session redirects to sign in too, but adds no message, which the next page would show repeatedly.
    """
    is_poll = "since" in request.GET or prefers_json(request)
    if not request.user.is_authenticated:
        if not is_poll:
            messages.info(request, _("Please log in to access this page."))
        return redirect_to_sign_in(request)
    if is_poll:
        changes = changes_for(request.user, since=parse_since(request.GET.get("since", "")))
        response: HttpResponse = JsonResponse(changes, safe=False)
    else:
        response = _page(request)
    patch_vary_headers(response, ["Accept"])
    return response


def _page(request: HttpRequest) -> HttpResponse:
    listed = Notification.objects.of(request.user).for_list()
    page = paginate(request, lambda cursor: cursor.window(listed), size=settings.POSTS_PER_PAGE)
    context = {
        "page": page,
        "groups": group_notifications(page.items, reader=request.user),
        "has_unread": bool(request.user.unread_notification_count and page.items and not page.newer),
    }
    return render(request, "messaging/notifications.html", context)


def _get_own(request: HttpRequest, pk: int) -> Notification:
    return get_object_or_404(Notification.objects.of(request.user).for_list(), pk=pk)


@require_safe
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notification as read, and redirect to its subject."""
    notification = _get_own(request, pk)
    if request.method != "HEAD":
        mark_notification_as_read(notification)
    return redirect(NotificationGroup(request.user, [notification]).url)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notification as read, with the others of its group."""
    mark_notification_as_read(_get_own(request, pk))
    return redirect("messaging:notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all notifications as read up to the newest one of the page."""
    mark_all_notifications_as_read(request.user, upto=parse_id(request.POST, "upto") or 0)
    return redirect("messaging:notifications")


@require_http_methods(["GET", "HEAD", "POST"])
def notification_settings(request: HttpRequest) -> HttpResponse:
    """Choose the kinds of notifications."""
    silenced = set(request.user.silenced_kinds.values_list("kind", flat=True))
    data = request.POST if request.method == "POST" else None
    wanted = [kind for kind in Notification.OPTIONAL if kind not in silenced]
    form = NotificationSettingsForm(data, initial={"kinds": wanted})
    if form.is_valid() and within_limit(request, form, "edit"):
        silence_kinds(request.user, form.silenced)
        messages.success(request, _("Your changes have been saved."))
        return redirect("messaging:notification_settings")
    return render(request, "messaging/notification_settings.html", {"form": form})
