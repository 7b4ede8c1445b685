"""The email notification about an archive."""

import pytest
from django.core import mail

from exports import writer
from exports.models import Export
from jobs.models import Job, Queue
from jobs.worker import run_due
from posts.tests.factories import PostFactory
from tests.helpers.exports import as_the_original, export_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
State = Export.State


def test_mail_has_the_posts_attached(susan):
    PostFactory(author=susan)
    export_of(susan)
    run_due(Queue.MAIL)
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("[Microblog] Your blog posts", ["susan@example.com"])
    assert "Dear susan," in message.body
    assert "Please find attached the archive of your posts that you requested." in message.body
    assert "/settings/exports" in message.body
    ((name, content, media_type),) = message.attachments
    assert (name, media_type) == ("posts.json", "application/json")
    assert content.decode() == as_the_original(susan.posts.all())


def test_large_posts_are_not_attached(susan, monkeypatch):
    monkeypatch.setattr(writer, "MAX_ATTACHED", 10)
    export_of(susan)
    run_due(Queue.MAIL)
    (message,) = mail.outbox
    assert not message.attachments
    assert "attached" not in message.body


def test_no_mail_is_sent_about_an_expired_archive(susan):
    export_of(susan)
    Export.objects.update(state=State.EXPIRED)
    run_due(Queue.MAIL)
    assert mail.outbox == []
    assert not Job.objects.filter(queue=Queue.MAIL).exists()
