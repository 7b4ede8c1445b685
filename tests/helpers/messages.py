"""Helpers for tests of messages and notifications."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from messaging.models import Message, Participant

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def fresh(person):
    return User.objects.get(pk=person.pk)


def unread(person):
    person = fresh(person)
    return person.unread_message_count, person.unread_notification_count


def side(owner, other):
    return Participant.objects.get(user=owner, other=other)


def last_id():
    return Message.objects.latest("pk").pk


def text_of(response):
    return response.content.decode()


def badge(person):
    person.refresh_from_db()
    return person.unread_message_count


def count_queries(client, url):
    with CaptureQueriesContext(connection) as context:
        response = client.get(url, headers=BROWSER)
    assert response.status_code == 200
    bounds = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return len([query for query in context.captured_queries if not query["sql"].startswith(bounds)])
