"""Public pages that are kept for visitors without a session."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services import lift_suspension, suspend_user
from accounts.tests.factories import UserFactory
from blog.services import delete_publication, edit_publication, hide_publication, restore_publication
from blog.tests.factories import EntryFactory, SnippetFactory

pytestmark = pytest.mark.django_db


def get(path="/blog/", client=None, **headers):
    response = (client or Client()).get(path, headers=headers)
    assert response.status_code == 200
    return response


def queries(path="/blog/", client=None):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        get(path, client)
    return len(captured)


@pytest.mark.parametrize("path", ["/blog/", "/snippets/", "/blog/author/ana/", "/blog/tag/a/", "{entry}", "{snippet}"])
def test_visitors_get_a_kept_page(path):
    ana = UserFactory(username="ana")
    entry, snippet = EntryFactory(author=ana, tags=["a"]), SnippetFactory(author=ana)
    path = path.format(entry=entry.get_absolute_url(), snippet=snippet.get_absolute_url())
    first = get(path)
    assert queries(path) == 1
    second = get(path)
    assert without_tokens(second) == without_tokens(first)
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert {"Cookie", "Accept-Language"} <= {name.strip() for name in second["Vary"].split(",")}


def without_tokens(response):
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", response.content.decode())


def test_forms_of_a_kept_page_work():
    get()
    client = Client(enforce_csrf_checks=True)
    page = get(client=client).content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w{64})"', page)[1]
    response = client.post("/theme", {"theme": "dark", "csrfmiddlewaretoken": token, "next": "/blog/"})
    assert response.status_code == 302
    assert 'data-theme="dark"' in get(client=client).content.decode()
    assert 'data-theme="auto"' in get().content.decode()


def test_each_language_has_its_page():
    assert 'lang="es"' in get(**{"Accept-Language": "es"}).content.decode()
    for _ in range(2):
        assert 'lang="ar"' in get(**{"Accept-Language": "ar"}).content.decode()
        assert 'lang="es"' in get(**{"Accept-Language": "es"}).content.decode()


def test_signed_in_users_get_their_own_page():
    ana = UserFactory(username="ana")
    get()
    client = Client()
    client.force_login(ana)
    assert "/user/ana" in get(client=client).content.decode()
    assert "/user/ana" not in get().content.decode()


def test_no_page_with_a_query_is_kept():
    EntryFactory()
    get("/blog/?a=1")
    assert queries("/blog/?a=1") > 1


def shown(path="/blog/"):
    return "Kept" in get(path).content.decode()


def test_each_change_takes_effect_with_the_next_request():
    moderator = UserFactory(is_staff=True)
    ana = UserFactory(username="ana")
    assert not shown()
    entry = EntryFactory(author=ana, title="Kept")
    assert shown()
    hide_publication(entry, actor=moderator, reason="a")
    assert not shown()
    restore_publication(entry, actor=moderator)
    assert shown()
    suspend_user(ana, actor=moderator, reason="a")
    assert not shown()
    lift_suspension(ana, actor=moderator)
    assert shown()
    entry.refresh_from_db()
    edit_publication(entry, status=1)
    assert not shown()
    edit_publication(entry, status=0)
    assert shown()
    edit_publication(entry, title="Another")
    assert not shown()
    edit_publication(entry, title="Kept", tags=["new"])
    assert shown() and "new" in get().content.decode()
    User.objects.filter(pk=ana.pk).update(username="anna")
    assert "anna" in get().content.decode()
    delete_publication(entry)
    assert not shown()


def test_page_of_a_text_changes_with_it():
    entry = EntryFactory(body="Before")
    path = entry.get_absolute_url()
    assert "Before" in get(path).content.decode()
    edit_publication(entry, body="After")
    assert "After" in get(path).content.decode()
    delete_publication(entry)
    assert Client().get(path).status_code == 404


def test_user_who_signs_up_changes_no_page():
    EntryFactory()
    get()
    UserFactory()
    assert queries() == 1
