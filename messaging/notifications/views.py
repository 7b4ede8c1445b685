"""The page of notifications, and the poll of open pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.notifications.models import Notification
from messaging.notifications.poll import news_of, parse_since
from messaging.notifications.sentences import Entry, entries
from messaging.notifications.services import read_all_notifications, read_notification
from microblog.core.pagination import paginate, parse_id
from microblog.core.requests import prefers_json
from microblog.core.sign_in import redirect_to_sign_in


@require_safe
@login_not_required
def notifications(request: HttpRequest) -> HttpResponse:
    """
    Answer the poll of an open page, `?since=` a Unix time, as JSON; show the page to who opens it in a browser.

    A poll of a page whose reader has signed out is led to sign in as well, without a word that the next page would
    repeat for each of them.
    """
    is_poll = "since" in request.GET or prefers_json(request)
    if not request.user.is_authenticated:
        if not is_poll:
            messages.info(request, _("Please log in to access this page."))
        return redirect_to_sign_in(request)
    if is_poll:
        news = news_of(request.user, since=parse_since(request.GET.get("since", "")))
        response: HttpResponse = JsonResponse(news, safe=False)
    else:
        response = _page(request)
    patch_vary_headers(response, ["Accept"])
    return response


def _page(request: HttpRequest) -> HttpResponse:
    told = Notification.objects.of(request.user).for_list()
    page = paginate(request, lambda cursor: cursor.window(told), size=settings.POSTS_PER_PAGE)
    context = {
        "page": page,
        "entries": entries(page.items, reader=request.user),
        "has_unread": bool(request.user.unread_notification_count and page.items and not page.newer),
    }
    return render(request, "messaging/notifications.html", context)


def _get_own(request: HttpRequest, pk: int) -> Notification:
    return get_object_or_404(Notification.objects.of(request.user).for_list(), pk=pk)


@require_safe
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to what a notification is about, and take it for read."""
    told = _get_own(request, pk)
    if request.method != "HEAD":
        read_notification(told)
    return redirect(Entry(request.user, [told]).leads_to)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a notification for read, with those that are told together with it."""
    read_notification(_get_own(request, pk))
    return redirect("messaging:notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Take all notifications for read that the page showed or could have shown."""
    read_all_notifications(request.user, upto=parse_id(request.POST, "upto") or 0)
    return redirect("messaging:notifications")
