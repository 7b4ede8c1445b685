"""Exports in the API."""

import pytest

from exports.models import Export
from jobs.worker import run_due_everywhere
from posts.tests.factories import PostFactory
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestExports:
    def test_export_is_requested_polled_and_downloaded(self, as_ana, as_bob, ana, settings):
        PostFactory(author=ana)
        response = send(as_ana, "POST", "/api/exports")
        assert (response.status_code, response.json()["state"]) == (202, "queued")
        again = send(as_ana, "POST", "/api/exports")
        assert (again.status_code, again.json()["id"]) == (202, response.json()["id"])
        waiting = as_ana.get(response["Location"])
        assert waiting["Retry-After"]
        assert waiting.json()["_links"]["archive"] is None
        assert as_ana.get(f"{response['Location']}/archive").status_code == 409
        run_due_everywhere()
        done = as_ana.get(response["Location"]).json()
        assert (done["state"], done["progress"]) == ("done", 100)
        assert done["_links"]["archive"].startswith(f"{settings.SITE_URL}/")
        archive = as_ana.get(done["_links"]["archive"])
        assert archive["Content-Type"] == "application/zip"
        assert b"".join(archive.streaming_content).startswith(b"PK")
        assert as_bob.get(done["_links"]["archive"]).status_code == 404
        assert item_ids(as_ana.get("/api/exports")) == [done["id"]]

    def test_archive_url_has_the_host_of_the_request_without_site_url(self, as_ana, settings):
        settings.SITE_URL = ""
        path = send(as_ana, "POST", "/api/exports")["Location"]
        run_due_everywhere()
        assert as_ana.get(path).json()["_links"]["archive"] == f"http://testserver{path}/archive"

    def test_export_is_cancelled(self, as_ana):
        path = send(as_ana, "POST", "/api/exports")["Location"]
        assert [as_ana.delete(path).status_code for _ in range(2)] == [204, 204]
        assert Export.objects.get().state == Export.State.CANCELLED
