"""Values keep their direction inside translated sentences."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import mail
from django.template import Context, Template
from django.template.backends.django import get_template_tag_modules
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import override

from accounts.tests.factories import UserFactory
from messaging.models import Notification
from messaging.notifications.display import group_notifications
from microblog.core.bidi import isolate, isolated
from microblog.core.mail import send_email
from posts.tests.factories import PostFactory

TRANSLATIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}


def render(source: str, **values: object) -> str:
    return Template("{% load i18n %}" + source).render(Context(values))


def test_a_name_is_isolated_in_a_right_to_left_language() -> None:
    with override("ar"):
        assert isolate("susan") == "\u2068susan\u2069"
        assert isolate("") == ""


def test_only_a_right_to_left_name_is_isolated_in_a_left_to_right_language() -> None:
    assert isolate("susan") == "susan"
    assert isolate("عمر") == "\u2068عمر\u2069"


def test_html_stays_html() -> None:
    with override("ar"):
        found = isolate(format_html("<b>{}</b>", "<susan>"))
        assert isinstance(found, SafeString)
        assert found == "\u2068<b>&lt;susan&gt;</b>\u2069"
        assert not isinstance(isolate("<susan>"), SafeString)


def test_numbers_stay_numbers() -> None:
    with override("ar"):
        assert isolated(count=3, name="ana") == {"count": 3, "name": "\u2068ana\u2069"}


def test_values_of_a_sentence_in_a_template_are_isolated() -> None:
    with override("ar"):
        text = render(
            "{% blocktranslate with username=name %}Hi, {{ username }}!{% endblocktranslate %}", name="<ana>"
        )
    assert "\u2068&lt;ana&gt;\u2069" in text


def test_values_from_the_context_are_isolated() -> None:
    with override("ar"):
        text = render(
            "{% blocktranslate %}This site is run by {{ operator_name }}.{% endblocktranslate %}",
            operator_name="Ana Ltd.",
        )
    assert "\u2068Ana Ltd.\u2069" in text


def test_the_count_that_chooses_the_plural_is_not_isolated() -> None:
    with override("ar"):
        text = render(
            "{% blocktranslate count n=n %}{{ n }} post{% plural %}{{ n }} posts{% endblocktranslate %}",
            n=3,
        )
    assert "3" in text
    assert "\u2068" not in text


def test_the_url_of_a_link_in_a_sentence_is_not_changed() -> None:
    with override("ar"):
        text = render(
            '{% blocktranslate %}To reset your password <a href="{{ url }}">click here</a>.{% endblocktranslate %}',
            url="https://example.org/",
        )
    assert 'href="https://example.org/"' in text


def test_no_other_tag_library_is_shadowed() -> None:
    modules = defaultdict(set)
    for name, path in get_template_tag_modules():
        modules[name].add(path)
    assert modules["i18n"]
    assert [paths for paths in modules.values() if len(paths) > 1] == []
    libraries = settings.TEMPLATES[0]["OPTIONS"]["libraries"]
    assert modules.keys() & libraries.keys() == {"i18n"}


@pytest.mark.django_db
def test_name_in_a_byline_does_not_reorder_the_date() -> None:
    post = PostFactory(author=UserFactory(username="ana"))
    with override("ar"):
        text = Template("{% load posts %}{% post_article post %}").render(Context({"post": post, "user": post.author}))
    assert '\u2068<span class="user_popup"' in text
    assert "</span>\u2069" in text
    assert "</time></a>\u2069" in text


def test_names_and_urls_in_mails_are_isolated() -> None:
    context = {"person": SimpleNamespace(username="ana"), "url": "https://example.org/reset", "minutes": 10}
    send_email("password_reset", "ana@example.com", context, language="ar")
    message = mail.outbox[0]
    html = str(message.alternatives[0][0])
    for text in (str(message.body), html):
        assert text.count("\u2068ana\u2069") == 3
        assert f"\u2068{settings.SITE_URL}\u2069" in text
        assert "\u2068https://example.org/reset" not in text
    assert '<a href="https://example.org/reset">' in html


@pytest.mark.django_db
def test_the_name_in_an_in_app_notification_is_isolated() -> None:
    reader, ana = UserFactory(), UserFactory(username="ana")
    notification = Notification(kind=Notification.Kind.FOLLOWED, user=reader, actor=ana)
    with override("ar"):
        assert "<bdi>ana</bdi>" in group_notifications([notification], reader=reader)[0].text


def test_sentences_in_python_isolate_their_values() -> None:
    files = [
        path
        for path in Path(settings.BASE_DIR).glob("*/**/*.py")
        if not {"tests", "migrations", "bench", "scripts"} & set(path.relative_to(settings.BASE_DIR).parts)
        and not path.relative_to(settings.BASE_DIR).parts[0].startswith(".")
    ]
    functions = [
        (path, function)
        for path in files
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and (has_sentence_with_text(function) or fills_table(function))
    ]
    sentence = re.compile(r'\n +.*\b(?:_|n?gettext(?:_lazy)?)\(\s*(?:"[^"]*",?\s*)*"[^"]*\)s')
    found = {path for path in files if sentence.search(path.read_text())}
    assert found <= {path for path, _function in functions}
    for path, function in functions:
        nodes = list(ast.walk(function))
        names = {node.targets[0].id for node in nodes if isinstance(node, ast.Assign) and is_isolated(node.value)}
        for node in nodes:
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
                is_named = isinstance(node.right, ast.Name) and node.right.id in names
                if not is_named:
                    assert is_isolated(node.right), f"{path}:{node.lineno} needs isolated() after its %"


def is_isolated(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isolated"


def fills_table(function: ast.FunctionDef) -> bool:
    """Return whether a function interpolates a sentence of a table, such as moderation.services.kinds.KINDS."""
    return any(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and "id='KINDS'" in ast.dump(node.left)
        for node in ast.walk(function)
    )


def has_sentence_with_text(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in TRANSLATIONS
        and any(isinstance(a, ast.Constant) and isinstance(a.value, str) and ")s" in a.value for a in node.args)
        for node in ast.walk(function)
    )
