import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from accounts.tests.factories import UserFactory
from posts.forms import PostForm


def render(name, path="/", **values):
    arguments = " ".join(f"{key}={key}" for key in values)
    template = Template(f'{{% load microblog %}}{{% include_cached "{name}" {arguments} %}}')
    context = {**values, "request": RequestFactory().get(path), "csrf_token": "secret"}
    return template.render(Context(context))


def follow_form(username, *, is_followed=False):
    return render("relationships/_follow_form.html", pk=1, username=username, is_followed=is_followed)


def test_fragment_has_the_csrf_token_and_the_path_of_its_request():
    assert 'value="secret"' in follow_form("ana")
    for path in ("/explore", "/user/ana?before=1&x=%22"):
        shown = render("includes/_theme.html", path, theme="auto")
        assert 'value="secret"' in shown
        assert f'value="{path.replace("&", "&amp;")}"' in shown
        assert "{" not in shown


def test_fragment_depends_on_its_values_and_the_language():
    assert "Follow ana" in follow_form("ana")
    assert "Unfollow ana" in follow_form("ana", is_followed=True)
    with translation.override("es"):
        assert "Follow ana" not in follow_form("ana")


@pytest.mark.django_db
def test_people_cannot_write_the_placeholders(ana_client):
    bob = UserFactory(username="bob", about_me="{csrf-token} {path}")
    page = ana_client.get("/search?type=people&q=bob").content.decode()
    assert f"{bob.about_me}</div>" in page and page.count('name="csrfmiddlewaretoken" value="') > 1


@pytest.mark.parametrize("first", [str, mark_safe])
def test_text_equal_to_safe_html_is_still_escaped(first):
    name = f"<b>{first.__name__}"
    follow_form(first(name))
    assert "<b>" in follow_form(mark_safe(name))
    assert "<b>" not in follow_form(name)


def composer(form, **values):
    arguments = " ".join(f"{key}={key}" for key in values)
    template = Template(f"{{% load microblog %}}{{% composer form max_length=140 {arguments} %}}")
    return template.render(Context({**values, "form": form, "csrf_token": "secret"}))


def test_each_cached_composer_has_its_own_key_and_draft():
    shown = [composer(PostForm(), draft=draft, cancel_url=f"/user/{draft}?a&b") for draft in ("1-2", "1-3")]
    keys = [re.search(r'name="submission_key" value="([0-9a-f-]{36})"', page)[1] for page in shown]
    assert keys[0] != keys[1]
    for page, draft in zip(shown, ("1-2", "1-3"), strict=True):
        assert f'data-draft="{draft}"' in page and f'href="/user/{draft}?a&amp;b"' in page
        assert 'value="secret"' in page
        assert "{" not in page
    assert "data-draft" not in composer(PostForm()) and "Cancel" not in composer(PostForm())


def test_composer_shows_what_was_typed_to_its_writer_alone():
    key = "5d2b9c1e-8f5c-4b62-9c4e-1f2f3a4b5c6d"
    composer(PostForm())
    for form in (PostForm({"body": "", "submission_key": key}), PostForm(initial={"body": "Half a sent"})):
        shown = composer(form)
        assert (key in shown) == form.is_bound
        assert ("Half a sent" in shown) == (not form.is_bound)
        assert ("has-error" in shown) == form.is_bound
    assert "Half a sent" not in composer(PostForm()) and key not in composer(PostForm())
