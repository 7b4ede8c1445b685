"""The pages of exports, and the download."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import request_deletion
from accounts.tests.factories import UserFactory
from exports.models import Export
from exports.services import request_export
from jobs.models import Queue
from jobs.worker import run_due
from posts.tests.factories import PostFactory
from tests.helpers.exports import export_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
State, Failure = Export.State, Export.Failure


class TestPages:
    def test_profile_offers_an_export_if_none_is_in_progress(self, susan_client):
        button = 'action="/export_posts"'
        assert button in susan_client.get("/user/susan").content.decode()
        assert button not in susan_client.get(UserFactory().get_absolute_url()).content.decode()
        response = susan_client.post("/export_posts", follow=True)
        assert response.redirect_chain == [("/user/susan", 302)]
        page = response.content.decode()
        assert button not in page
        pk = Export.objects.get().pk
        assert f'<span id="{pk}-progress">0</span>%' in page
        again = susan_client.post("/export_posts", follow=True)
        assert "An export task is currently in progress" in again.content.decode()
        # On every page, without a query of its own.
        assert f'id="{pk}-progress"' in susan_client.get("/about").content.decode()

    def test_progress_bar_polls_until_the_export_ends(self, susan_client, susan):
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

    def test_background_request_without_a_session_does_not_redirect(self, client):
        assert client.get("/settings/exports/progress", headers={"HX-Request": "true"}).status_code == 286

    def test_only_the_owner_downloads_until_it_expires(self, susan_client, susan):
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

    def test_only_the_owner_cancels(self, susan_client, susan):
        export = request_export(susan)
        url = f"/settings/exports/{export.pk}/cancel"
        another = Client()
        another.force_login(UserFactory())
        assert another.post(url).status_code == 404
        assert susan_client.get(url).status_code == 405
        page = susan_client.post(url, follow=True).content.decode()
        assert "The export was cancelled." in page
        assert Export.objects.get().state == State.CANCELLED

    def test_exports_are_rate_limited(self, susan_client, settings):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"export": "1/d/user"}
        susan_client.post("/export_posts")
        run_due(Queue.TASKS)
        assert "many exports" in susan_client.post("/export_posts", follow=True).content.decode()
        assert Export.objects.count() == 1

    def test_suspended_and_leaving_users_can_export(self, client):
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

    def test_list_needs_the_same_queries_with_one_and_ten_rows(
        self, susan_client, susan, django_assert_max_num_queries
    ):
        counts = []
        for more in (1, 9):
            Export.objects.bulk_create(Export(user=susan, state=State.CANCELLED) for _ in range(more))
            with django_assert_max_num_queries(6) as queries:
                susan_client.get("/settings/exports")
            counts.append(len(queries))
        assert counts[0] == counts[1]


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
        ("requested", "part"),
        [
            ("bytes=100-", slice(100, None)),
            ("bytes=0-9", slice(0, 10)),
            ("bytes=-10", slice(-10, None)),
            ("bytes=5-5", slice(5, 6)),
            ("bytes=0-99999999", slice(0, None)),
        ],
    )
    def test_interrupted_download_continues(self, download, requested, part):
        whole = b"".join(download())
        response = download(Range=requested)
        body = b"".join(response)
        assert (response.status_code, body) == (206, whole[part])
        start, end, _step = part.indices(len(whole))
        assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"
        assert response["Content-Length"] == str(len(body))
        assert response["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize("requested", ["bytes=x-", "lines=1-2", "bytes=0-1,5-6", "bytes", "bytes=9-2-1"])
    def test_invalid_range_returns_the_whole_file(self, download, requested):
        response = download(Range=requested)
        assert response.status_code == 200
        assert response["Accept-Ranges"] == "bytes"
        assert b"".join(response).startswith(b"PK")

    def test_range_of_another_file_returns_the_whole_file(self, download):
        first = download()
        assert b"".join(first)
        for etag, status in [('"another"', 200), (first["ETag"], 206)]:
            response = download(Range="bytes=5-", If_Range=etag)
            assert (response.status_code, bool(b"".join(response))) == (status, True)

    def test_range_beyond_the_end_is_refused(self, download):
        size = len(b"".join(download()))
        response = download(Range=f"bytes={size}-")
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")
