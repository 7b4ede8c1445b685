import re
import subprocess
import sys

import django_rq
import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission

from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from jobs.models import Job, Queue
from jobs.worker import MAX_ATTEMPTS, run_due
from tests.helpers import ledger

pytestmark = pytest.mark.django_db

DASHBOARD = "/admin/django_rq/dashboard/"


class TestPeople:
    def test_what_staff_change_is_logged(self, client):
        root, bob = UserFactory(username="root", is_staff=True, is_superuser=True), UserFactory(username="bob")
        group = Group.objects.create(name="helpers")
        client.force_login(root)
        client.post(f"/admin/accounts/user/{bob.pk}/change/", {"is_staff": "on", "groups": [group.pk]})
        bob.refresh_from_db()
        assert bob.is_staff
        entries = AuditEntry.objects.order_by("pk").values_list("action", "actor_name", "target_name")
        assert list(entries) == [("account.promote", "root", "bob"), ("account.permissions", "root", "bob")]

    def test_last_administrator_cannot_be_demoted(self, client):
        root = UserFactory(is_staff=True, is_superuser=True)
        client.force_login(root)
        page = client.post(f"/admin/accounts/user/{root.pk}/change/", {"is_staff": "on"}, follow=True)
        assert "last administrator" in page.content.decode()
        root.refresh_from_db()
        assert root.is_superuser


class TestIndex:
    def test_moderation_comes_first_for_moderators(self, client):
        root = UserFactory(is_staff=True, is_superuser=True)
        client.force_login(root)
        apps = [app["app_label"] for app in client.get("/admin/").context["app_list"]]
        assert apps[0] == "moderation"
        # The queues of Redis are shown where there is Redis.
        assert {*apps, "django_rq"} == {model._meta.app_label for model in admin.site._registry}

    def test_moderation_is_absent_for_other_staff(self, client):
        helper = UserFactory(is_staff=True)
        helper.user_permissions.add(Permission.objects.get(codename="view_job"))
        client.force_login(helper)
        assert [app["app_label"] for app in client.get("/admin/").context["app_list"]] == ["jobs"]


class TestJobs:
    def test_operator_reads_the_error_of_a_job_and_retries_it(self, client):
        ledger.fail.enqueue()
        Job.objects.update(attempts=MAX_ATTEMPTS - 1)
        run_due(Queue.TASKS)
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        page = client.get("/admin/jobs/job/?state=given-up").content.decode()
        assert "ValueError: no luck today" in page
        job = Job.objects.get()
        assert "Traceback" in client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
        client.post("/admin/jobs/job/", {"action": "retry", "_selected_action": [job.pk]})
        job.refresh_from_db()
        assert (job.failed_at, job.attempts) == (None, 0)

    @pytest.mark.parametrize("state", ["given-up", "retrying", "new", "nonsense"])
    def test_filters_work(self, client, state):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        assert client.get(f"/admin/jobs/job/?state={state}").status_code == 200


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
class TestDashboard:
    @pytest.fixture
    def queue(self, redis_url):
        return django_rq.get_queue(Queue.TASKS)

    def test_superuser_sees_queues_and_jobs(self, client, queue):
        waiting = queue.enqueue(run_due, Queue.TASKS.value)
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        assert "microblog-tasks" in client.get(DASHBOARD).content.decode()
        for page in ("queues/1/", "queues/1/failed/", f"queues/1/{waiting.id}/", "workers/1/"):
            response = client.get(DASHBOARD + page)
            assert response.status_code == 200, page
            assert "unsafe" not in response["Content-Security-Policy"]

    def test_other_staff_are_refused(self, client, queue):
        staff = UserFactory(is_staff=True)
        staff.user_permissions.set(Permission.objects.all())
        client.force_login(staff)
        for page in ("", "stats.json", "queues/1/", "queues/1/empty/"):
            assert client.get(DASHBOARD + page).status_code == 403, page
        client.logout()
        assert client.get(DASHBOARD + "stats.json").status_code == 302


def test_dashboard_is_absent_without_redis(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert "Django-RQ" not in client.get("/admin/").content.decode()
    assert client.get(DASHBOARD).status_code == 404


LIST_BASES = """
import django
from django.conf import settings
settings.INSTALLED_APPS = settings.INSTALLED_APPS[::%d]
django.setup()
from django.contrib import admin
for model, page in admin.site._registry.items():
    print(model._meta.label, [base.__name__ for base in type(page).__mro__])
"""


class TestRegistry:
    def test_each_model_is_registered_once_and_none_is_unregistered(self):
        pattern = re.compile(r"\b(unregister|site\.register)\(|@admin\.register\((\w+)\)")
        modules = [path for path in settings.BASE_DIR.glob("[a-z]*/**/*.py") if "tests" not in path.parts]
        found = [match[1] or match[2] for path in modules for match in pattern.finditer(path.read_text())]
        assert sorted(found) == sorted(model.__name__ for model in admin.site._registry)

    def test_admin_pages_do_not_depend_on_the_order_of_apps(self):
        listed = []
        for step in (1, -1):
            command = [sys.executable, "-c", LIST_BASES % step]
            done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
            listed.append(sorted(done.stdout.splitlines()))
        assert len(listed[0]) == len(admin.site._registry)
        assert listed[0] == listed[1]
        assert any("'ModeratedPosts', 'ModeratedContent', 'DecidingAdmin', 'PostAdmin'" in line for line in listed[0])
