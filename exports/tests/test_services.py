"""How an export goes, what its owner is told, and how they get it."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import request_deletion
from accounts.tests.factories import UserFactory
from exports import archive, tasks
from exports import services as service
from exports.models import Export
from exports.services import (
    ExportInProgress,
    cancel_export,
    continue_export,
    expire_exports,
    request_export,
    resume_exports,
)
from jobs.models import Job, Queue
from jobs.outbox import run_due
from posts.tests.factories import PostFactory
from tests.helpers.exports import as_the_original, export_of, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
State, Failure = Export.State, Export.Failure


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


class TestCourse:
    def test_progress_is_that_of_rows_and_every_page_knows_it(self, susan, small):
        PostFactory.create_batch(4, author=susan)
        export = request_export(susan)
        seen = []
        while Job.objects.filter(task="exports.tasks.continue_export").exists():
            run_due(Queue.TASKS, seconds=-1)
            export.refresh_from_db()
            susan.refresh_from_db()
            seen.append((export.state, export.progress))
            assert susan.export_progress == (export.progress if susan.export_id else 0)
        assert seen[0] == (State.RUNNING, 50)
        assert seen[-1] == (State.DONE, 100)
        assert (susan.export_id, susan.export_progress) == (None, 0)
        assert list(susan.notifications.order_by("pk").values_list("kind", "payload")) == [
            ("task_progress", {"task_id": str(export.pk), "progress": 100}),
            ("export_ready", {}),
        ]

    def test_one_at_a_time(self, susan):
        export = request_export(susan)
        with pytest.raises(ExportInProgress):
            request_export(susan)
        susan.refresh_from_db()
        assert susan.export_id == export.pk
        run_due(Queue.TASKS)
        request_export(susan)
        request_export(UserFactory())

    def test_nothing_but_the_archive_is_left(self, susan, small, folder):
        PostFactory.create_batch(4, author=susan)
        export_of(susan)
        run_due(Queue.TASKS)
        assert len(files_in(folder)) == 1

    def test_cancelled_export_ends_and_leaves_nothing(self, susan, small, folder):
        PostFactory.create_batch(4, author=susan)
        export = request_export(susan)
        run_due(Queue.TASKS, seconds=-1)
        assert files_in(folder)
        assert not cancel_export(export, actor=UserFactory())
        assert cancel_export(export, actor=susan)
        assert not cancel_export(export, actor=susan)
        run_due(Queue.TASKS)
        export.refresh_from_db()
        susan.refresh_from_db()
        assert (export.state, susan.export_id, files_in(folder)) == (State.CANCELLED, None, [])

    def test_slice_that_is_overtaken_leaves_nothing_behind(self, susan, small, folder):
        PostFactory.create_batch(4, author=susan)
        slow = request_export(susan)
        run_due(Queue.TASKS, seconds=-1)
        continue_export(slow)
        overtaken = Export.objects.select_related("user").get()
        continue_export(Export.objects.select_related("user").get())
        count = len(files_in(folder))
        place = archive.Place(**overtaken.place)
        with pytest.raises(service.OutOfTurn):
            service._write_slice(overtaken, place)
        assert len(files_in(folder)) == count
        run_due(Queue.TASKS)
        assert json.loads(opened(Export.objects.get()).read("posts.json"))["posts"][3]

    def test_slice_that_ends_its_worker_three_times_ends_the_export_with_a_reason(self, susan):
        export = request_export(susan)
        for _ in range(service.MAX_ATTEMPTS):
            # What a slice does before it is killed.
            Export.objects.filter(pk=export.pk).update(state=State.RUNNING, attempts=export.attempts + 1)
            export.refresh_from_db()
        run_due(Queue.TASKS)
        export.refresh_from_db()
        assert (export.state, export.failure) == (State.FAILED, Failure.INTERRUPTED)
        request_export(susan)

    def test_full_disk_is_told_in_plain_words(self, susan, folder, settings, caplog):
        folder.mkdir()
        full = {"BACKEND": "exports.tests.test_services.FullStorage", "OPTIONS": {"location": folder}}
        settings.STORAGES = settings.STORAGES | {"exports": full}
        export = request_export(susan)
        run_due(Queue.TASKS)
        export.refresh_from_db()
        susan.refresh_from_db()
        assert (export.state, export.failure, susan.export_id) == (State.FAILED, Failure.NO_SPACE, None)
        assert susan.notifications.filter(kind="export_failed").exists()
        assert "no room" in export.get_failure_display()
        # Who runs the site reads why, and is mailed.
        assert [(record.levelname, record.message) for record in caplog.records if record.exc_info] == [
            ("ERROR", "Unhandled exception")
        ]

    def test_export_whose_job_was_lost_is_taken_up_again(self, susan):
        export = request_export(susan)
        Job.objects.all().delete()
        resume_exports()
        assert not Job.objects.exists()
        Export.objects.update(updated_at=timezone.now() - timedelta(minutes=3))
        tasks.tend_exports()
        run_due(Queue.TASKS)
        export.refresh_from_db()
        assert export.state == State.DONE

    def test_archive_expires_with_its_file(self, susan, folder):
        export_of(susan)
        export = Export.objects.get()
        assert export.expires_at - export.finished_at == pytest.approx(timedelta(days=7), abs=timedelta(seconds=5))
        expire_exports()
        assert Export.objects.get().is_downloadable
        Export.objects.update(expires_at=timezone.now())
        assert not Export.objects.get().is_downloadable
        expire_exports()
        run_due(Queue.TASKS)
        assert (Export.objects.get().state, files_in(folder)) == (State.EXPIRED, [])

    def test_files_go_with_the_account(self, susan, folder):
        export_of(susan)
        susan.delete()
        run_due(Queue.TASKS)
        assert files_in(folder) == []
        assert list(folder.glob("*")) == []


class TestMail:
    def test_says_that_it_is_ready_with_the_posts(self, susan):
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

    def test_large_archive_is_a_link(self, susan, monkeypatch):
        monkeypatch.setattr(archive, "ATTACHED", 10)
        export_of(susan)
        run_due(Queue.MAIL)
        (message,) = mail.outbox
        assert not message.attachments
        assert "attached" not in message.body

    def test_nothing_is_sent_about_an_archive_that_is_gone(self, susan):
        export_of(susan)
        Export.objects.update(state=State.EXPIRED)
        run_due(Queue.MAIL)
        assert mail.outbox == []
        assert not Job.objects.filter(queue=Queue.MAIL).exists()


class TestPages:
    def test_profile_offers_it_while_none_is_in_progress(self, susan_client):
        button = 'action="/export_posts"'
        assert button in susan_client.get("/user/susan").content.decode()
        assert button not in susan_client.get(UserFactory().get_absolute_url()).content.decode()
        asked = susan_client.post("/export_posts", follow=True)
        assert asked.redirect_chain == [("/user/susan", 302)]
        page = asked.content.decode()
        assert button not in page
        pk = Export.objects.get().pk
        assert f'<span id="{pk}-progress">0</span>%' in page
        again = susan_client.post("/export_posts", follow=True)
        assert "An export task is currently in progress" in again.content.decode()
        # On every page, without a query of its own.
        assert f'id="{pk}-progress"' in susan_client.get("/about").content.decode()

    def test_bar_asks_until_the_export_has_ended(self, susan_client, susan):
        export = request_export(susan)
        assert "hx-trigger" in susan_client.get("/settings/exports/progress").content.decode()
        run_due(Queue.TASKS)
        ended = susan_client.get("/settings/exports/progress").content.decode()
        assert "hx-trigger" not in ended
        assert f'href="/settings/exports/{export.pk}/download"' in ended
        Export.objects.update(state=State.FAILED, failure=Failure.NO_SPACE)
        failed = susan_client.get("/settings/exports/progress").content.decode()
        assert "The export failed. The site has no room left" in failed
        assert "Try again" in failed

    def test_background_request_without_a_session_leads_nowhere(self, client):
        assert client.get("/settings/exports/progress", headers={"HX-Request": "true"}).status_code == 286

    def test_only_the_owner_downloads_and_only_while_it_is_kept(self, susan_client, susan):
        PostFactory(author=susan)
        export_of(susan)
        url = f"/settings/exports/{Export.objects.get().pk}/download"
        response = susan_client.get(url)
        assert response["Content-Type"] == "application/zip"
        assert response["Content-Disposition"].startswith('attachment; filename="microblog-susan-')
        assert "no-store" in response["Cache-Control"]
        assert ZipFile(BytesIO(b"".join(response))).testzip() is None
        another = Client()
        assert another.get(url)["Location"].startswith("/auth/login?next=")
        another.force_login(UserFactory(is_staff=True, is_superuser=True))
        assert another.get(url).status_code == 404
        Export.objects.update(expires_at=timezone.now())
        assert susan_client.get(url).status_code == 404

    def test_cancelling_is_for_the_owner(self, susan_client, susan):
        export = request_export(susan)
        url = f"/settings/exports/{export.pk}/cancel"
        another = Client()
        another.force_login(UserFactory())
        assert another.post(url).status_code == 404
        assert susan_client.get(url).status_code == 405
        page = susan_client.post(url, follow=True).content.decode()
        assert "The export was cancelled." in page
        assert Export.objects.get().state == State.CANCELLED

    def test_many_exports_a_day_are_refused(self, susan_client, settings):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"export": "1/d/user"}
        susan_client.post("/export_posts")
        run_due(Queue.TASKS)
        assert "many exports" in susan_client.post("/export_posts", follow=True).content.decode()
        assert Export.objects.count() == 1

    def test_who_is_suspended_or_leaves_takes_their_data_along(self, client):
        for name, change in [("sam", {"suspended_at": timezone.now()}), ("lea", {})]:
            person = UserFactory(username=name, password="measures twice")
            EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
            PostFactory(author=person)
            User.objects.filter(pk=person.pk).update(**change)
            if name == "lea":
                request_deletion(person, actor=person)
            client.post("/auth/login", {"login": name, "password": "measures twice"})
            client.post("/export_posts")
            run_due(Queue.TASKS)
            page = client.get("/settings/exports").content.decode()
            export = person.exports.get()
            assert f"/settings/exports/{export.pk}/download" in page
            read = ZipFile(BytesIO(b"".join(client.get(f"/settings/exports/{export.pk}/download"))))
            assert len(json.loads(read.read("posts.json"))["posts"]) == 1
            client.logout()

    def test_list_costs_the_same_with_one_and_with_ten(self, susan_client, susan, django_assert_max_num_queries):
        counts = []
        for more in (1, 9):
            Export.objects.bulk_create(Export(user=susan, state=State.CANCELLED) for _ in range(more))
            with django_assert_max_num_queries(6) as queries:
                susan_client.get("/settings/exports")
            counts.append(len(queries))
        assert counts[0] == counts[1]


class FullStorage(FileSystemStorage):
    """A disk on which nothing fits any more."""

    def _save(self, name, content):
        raise OSError(28, "No space left on device")


class TestResuming:
    @pytest.fixture
    def download(self, client, susan):
        client.force_login(susan)
        export_of(susan)
        export = Export.objects.get()

        def get(**headers):
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.get(f"/settings/exports/{export.pk}/download", headers=names)

        return get

    @pytest.mark.parametrize(
        ("asked", "part"),
        [
            ("bytes=100-", slice(100, None)),
            ("bytes=0-9", slice(0, 10)),
            ("bytes=-10", slice(-10, None)),
            ("bytes=5-5", slice(5, 6)),
            ("bytes=0-99999999", slice(0, None)),
        ],
    )
    def test_download_goes_on_where_it_ended(self, download, asked, part):
        whole = b"".join(download())
        response = download(Range=asked)
        body = b"".join(response)
        assert (response.status_code, body) == (206, whole[part])
        start, end, _step = part.indices(len(whole))
        assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"
        assert response["Content-Length"] == str(len(body))
        assert response["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize("asked", ["bytes=x-", "lines=1-2", "bytes=0-1,5-6", "bytes", "bytes=9-2-1"])
    def test_what_is_no_range_gets_the_whole(self, download, asked):
        response = download(Range=asked)
        assert response.status_code == 200
        assert response["Accept-Ranges"] == "bytes"
        assert b"".join(response).startswith(b"PK")

    def test_range_of_another_file_gets_the_whole(self, download):
        first = download()
        assert b"".join(first)
        for etag, status in [('"another"', 200), (first["ETag"], 206)]:
            response = download(Range="bytes=5-", If_Range=etag)
            assert (response.status_code, bool(b"".join(response))) == (status, True)

    def test_range_beyond_the_end_is_refused(self, download):
        size = len(b"".join(download()))
        response = download(Range=f"bytes={size}-")
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")
