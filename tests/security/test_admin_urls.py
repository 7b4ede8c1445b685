"""The exact list of URLs under /admin/; each uses the site's own flow or requires the model's permissions."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django_rq.models import Dashboard

from accounts.models import User
from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from messaging.models import Message, Participant
from moderation.tests.factories import make_moderator
from posts.models import Post
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
# URLs that belong to no model.
OF_THE_SITE = {
    ("", "index"),
    ("login/", "login"),
    ("logout/", "logout"),
    ("password_change/", "password_change"),
    ("autocomplete/", "autocomplete"),
    ("jsi18n/", "jsi18n"),
    ("^(?P<app_label>…)/$", "app_list"),
    ("(?P<url>.*)$", None),
}
OF_A_MODEL = {
    ("", "changelist"),
    ("add/", "add"),
    ("<path:object_id>/history/", "history"),
    ("<path:object_id>/delete/", "delete"),
    ("<path:object_id>/change/", "change"),
    ("<path:object_id>/", None),
}
# Pages of bulk decisions.
DECIDING = {"accounts.User", "moderation.Case", "posts.Post", "blog.Entry", "blog.Snippet"}
# django-rq's pages of queues and jobs, for superusers only.
OF_THE_DASHBOARD = {
    "actions", "clear", "confirm_action", "cron_job_detail", "cron_scheduler_detail", "dashboard_changelist",
    "deferred_jobs", "delete_failed_jobs", "delete_job", "enqueue_job", "failed_jobs", "finished_jobs", "home",
    "home_json", "job_detail", "jobs", "metrics", "queue_details", "requeue_all", "requeue_job", "result_detail",
    "scheduled_jobs", "scheduler_jobs", "started_jobs", "stop_job", "worker_details", "workers",
}  # fmt: skip


def admin_patterns():
    [resolver] = [entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "admin"]
    assert str(resolver.pattern) == "admin/"
    return resolver.url_patterns


def test_no_other_admin_page_is_mounted():
    of_the_site = {
        ("^(?P<app_label>…)/$" if entry.name == "app_list" else str(entry.pattern), entry.name)
        for entry in admin_patterns()
        if not isinstance(entry, URLResolver)
    }
    assert of_the_site == OF_THE_SITE


def test_no_other_model_page_is_mounted():
    of_models = {
        str(entry.pattern): {(str(inner.pattern), inner.name) for inner in entry.url_patterns}
        for entry in admin_patterns()
        if isinstance(entry, URLResolver)
    }
    expected = {}
    for model in admin.site._registry:
        if model is Dashboard:
            continue
        app, name = model._meta.app_label, model._meta.model_name
        pages = OF_A_MODEL | ({("decide/", "decide")} if model._meta.label in DECIDING else set())
        expected[f"{app}/{name}/"] = {(path, f"{app}_{name}_{page}" if page else None) for path, page in pages}
    dashboard = of_models.pop("django_rq/dashboard/")
    assert of_models == expected
    assert {name.removeprefix("django_rq_") for _path, name in dashboard} == OF_THE_DASHBOARD


@pytest.fixture
def superuser(client):
    superuser = UserFactory(username="root", is_staff=True, is_superuser=True, password=PASSWORD)
    client.post("/auth/login", {"login": "root", "password": PASSWORD})
    return superuser


def test_password_is_changed_only_by_the_page_of_the_site(client, superuser):
    new = "another one entirely"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    for response in (client.get("/admin/password_change/"), client.post("/admin/password_change/", form)):
        assert response["Location"] == "/auth/change_password"
    assert client.get("/admin/password_change/done/").status_code == 404
    assert User.objects.get().check_password(PASSWORD)
    assert 'href="/admin/password_change/"' in client.get("/admin/").content.decode()


def test_admin_uses_sign_in_and_sign_out_of_the_site(client, superuser):
    assert client.get("/admin/logout/")["Location"] == "/auth/logout"
    response = client.post("/admin/logout/")
    # 307: the browser sends the form again.
    assert (response.status_code, response["Location"]) == (307, "/auth/logout")
    client.post(response["Location"])
    assert client.get("/admin/login/")["Location"].startswith("/auth/login")
    response = client.post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert response["Location"].startswith("/auth/login")
    assert "_auth_user_id" not in client.session


def test_row_number_does_not_reveal_participants_of_a_conversation():
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    message = send_message(bob, sender=ana, body="Between us alone.")
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[1, 1])
    client = Client()
    for staff in (UserFactory(is_staff=True), make_moderator()):
        client.force_login(staff)
        for row in (Participant.objects.first(), message, ana, PostFactory()):
            kind = ContentType.objects.get_for_model(row)
            response = client.get(f"/admin/r/{kind.pk}/{row.pk}/")
            assert response.status_code == 404
            assert "ana" not in response.content.decode() and "bob" not in response.content.decode()


def test_posts_and_users_link_to_the_site(client, superuser):
    post = PostFactory()
    for row in (post, post.author):
        page = client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))
        assert f'href="{row.get_absolute_url()}" class="viewsitelink"' in page.content.decode()
    assert Post.objects.count() == 1 and not Message.objects.exists()
