"""The list of settings pages that each of them shows."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from microblog.core.settings_pages import GROUPS, SUSPENDED_GROUPS

LIST = re.compile(r'<nav class="mb-settings".*?</nav>', re.DOTALL)


def views_of(groups):
    return [page.view for _heading, pages in groups for page in pages]


@pytest.mark.parametrize("view", views_of(GROUPS))
def test_settings_page_lists_all_pages_and_marks_itself(client, db, view):
    client.force_login(UserFactory())
    [listed] = LIST.findall(client.get(reverse(view), follow=True).content.decode())
    assert re.findall(r'<a [^>]*href="(.*?)"', listed) == [reverse(other) for other in views_of(GROUPS)]
    assert re.findall(r'href="([^"]*)"\s+aria-current="page"', listed) == [reverse(view)]


@pytest.mark.parametrize(
    ("view", "parent"),
    [
        ("account_change_password", "account_email"),
        ("security:log", "security:overview"),
    ],
)
def test_subpage_marks_its_parent(client, db, view, parent):
    client.force_login(UserFactory())
    response = client.get(reverse(view), follow=True)
    [listed] = LIST.findall(response.content.decode())
    assert re.findall(r'href="([^"]*)"\s+aria-current="page"', listed) == [reverse(parent)]


def test_suspended_user_is_offered_only_accessible_pages(client, db):
    user = UserFactory()
    User.objects.filter(pk=user.pk).update(suspended_at=timezone.now())
    client.force_login(user)
    for view in views_of(SUSPENDED_GROUPS):
        response = client.get(reverse(view))
        assert response.status_code == 200
        [listed] = LIST.findall(response.content.decode())
        assert re.findall(r'<a [^>]*href="(.*?)"', listed) == [reverse(other) for other in views_of(SUSPENDED_GROUPS)]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_list_is_open_on_wide_pages_and_folded_on_narrow_ones(visit):
    page = visit(UserFactory(), java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page.goto("/settings/preferences")
    link = page.get_by_role("navigation", name="Settings").get_by_role("link", name="Decisions about you")
    link.click()
    page.wait_for_url("**/decisions")
    page.set_viewport_size({"width": 360, "height": 800})
    link.wait_for(state="hidden")
    assert page.get_by_role("heading", level=1).bounding_box()["y"] < 200
    page.locator("summary", has_text="Settings").click()
    link.wait_for(state="visible")
