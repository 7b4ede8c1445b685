"""Every page and every mail is fully translated in every language."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from accounts.models import User
from accounts.security.models import SecurityEvent
from accounts.tests.factories import UserFactory
from exports.models import Export
from messaging.conversations.services import send_message
from messaging.models import Notification
from messaging.notifications.services import notify
from microblog.core.mail import send_email
from moderation.models import FIRST_RULES, Decision
from posts.models import Post
from posts.tests.factories import PostFactory
from relationships.services import follow_user
from repositories.tests.factories import IssueFactory
from tests.helpers.routes import urls

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
PASSWORD = "measures twice"
# Names, code and words that are the same in every language.
SAME = """
Microblog ana bob carl Gravatar UTC Ctrl Enter JavaScript PIN QR Auto ID Cookie API OpenAPI JSON
TA IP Blog Django example com localhost http https auth about reset tlh MFA No GitHub octocat lisbon
"""
ALLOWED = {*SAME.split(), *re.findall(r"[A-Za-z]+", " ".join(name for _code, name in settings.LANGUAGES))}
# Texts that a script shows.
SPOKEN = re.compile(r"alt|title|placeholder|aria-label|data-(?!hx-)[\w-]+")
UNSPOKEN = re.compile(r"[\w./:?=&%#@-]*|.*T\d\d:\d\d:\d\d.*|htmx.*", re.DOTALL)


class Reader(HTMLParser):
    """Collect the texts of a page, without the content of users."""

    def __init__(self):
        super().__init__()
        self.said = set()
        self.open = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        is_theirs = attributes.get("dir") in ("auto", "ltr") and tag != "html"
        is_list_of_names = tag == "select" and attributes.get("name") in ("time_zone", "language", "lexer_name")
        is_silent = tag in ("script", "style", "bdi", "code", "pre", "time") or is_list_of_names
        if tag not in ("meta", "link", "input", "img", "br", "hr", "circle", "path", "use", "rect"):
            self.open.append((tag, is_theirs or is_silent))
        for name, value in attributes.items():
            if SPOKEN.fullmatch(name) and value and " " in value and not UNSPOKEN.fullmatch(value):
                self.said.add(value)
            if tag == "input" and name == "value" and attributes.get("type") == "submit":
                self.said.add(value)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(is_skipped for _tag, is_skipped in self.open):
            self.said.add(" ".join(data.split()))


def said(html):
    reader = Reader()
    reader.feed(html)
    return reader.said


def english_left(language, here, in_english):
    """Return the words of a text that are the same as in English, or in Latin letters."""
    left = []
    for text in here:
        words = [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in ALLOWED]
        if words and (language in ("ar", "zh-hans") or text in in_english):
            left.append(text)
    return left


@pytest.fixture
def content(db):
    """Create content for every part of every page."""
    ana, bob = UserFactory(username="ana", password=PASSWORD), UserFactory(username="bob")
    posts = [PostFactory(author=author, body="…123") for author in (ana, bob)]
    Post.objects.filter(pk=posts[0].pk).update(
        edited_at=timezone.now(), hidden_at=timezone.now(), hidden_reason=FIRST_RULES[0], language="el"
    )
    Post.objects.filter(pk=posts[1].pk).update(edited_at=timezone.now(), language="el")
    follow_user(bob, actor=ana)
    Export.objects.create(user=ana, state=Export.State.FAILED, failure=Export.Failure.NO_SPACE)
    send_message(ana, sender=bob, body="…123")
    issue = IssueFactory(repository__name="lisbon", title="…123", labels=[])
    news = {"name": issue.repository.full_name, "opened": [1], "closed": [2], "others": 1}
    for kind in Notification.Kind.values:
        actor = bob if kind == Notification.Kind.MENTIONED else None
        notify(ana, kind=kind, key=str(posts[1].pk), payload=news, actor=actor)
    for follower in (bob, UserFactory(username="carl")):
        follow_user(ana, actor=follower)
    return ana


PAGES = [
    *dict.fromkeys(urls().values()),
    "/explore?before=1",
    "/nosuch",
    "/messages/bob",
]
BROKEN = [
    ("/", {"body": ""}),
    ("/", {"body": "1" * 141}),
    ("/", {"body": "\u200b"}),
    ("/edit_profile", {"username": "..."}),
    ("/settings/preferences", {"language": "tlh"}),
    ("/auth/register", {"username": "ana", "email": "ana", "password1": "x", "password2": "y"}),
    ("/auth/login", {"login": "ana", "password": "wrong"}),
    ("/auth/change_password", {"oldpassword": "wrong", "password1": "x"}),
    ("/auth/reset_password_request", {"email": "x"}),
    ("/translate", {}),
    ("/messages/bob", {"body": ""}),
    ("/send_message/ana", {"body": "…123"}),
    ("/post/1/language", {}),
    ("/post/1/edit", {}),
]


def visit(language, *, who):
    """Return the texts of every page in a language."""
    client = Client(headers={"accept": "text/html", "accept-language": language})
    if who != "visitor":
        User.objects.filter(username="ana").update(is_staff=who == "staff", is_superuser=who == "staff")
        assert client.post("/auth/login", {"login": "ana", "password": PASSWORD}).status_code == 302
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answers = [(path, client.get(path)) for path in PAGES if "logout" not in path]
    answers += [(path, client.post(path, data)) for path, data in BROKEN]
    spoken = {}
    for number, (path, answer) in enumerate(answers):
        if answer.status_code not in (204, 301, 302) and "html" in answer["Content-Type"]:
            spoken[number, path] = said(answer.content.decode())
    return spoken


@pytest.mark.once
@pytest.mark.parametrize("who", ["visitor", "member", "staff"])
def test_no_english_is_left_on_any_page(content, who):
    english = visit("en", who=who)
    pages = {"/about", "/auth/login", "/auth/register"} if who == "visitor" else {"/", "/explore", "/messages/bob"}
    assert pages <= {path for _number, path in english}
    for language in LANGUAGES:
        here = visit(language, who=who)
        assert here.keys() == english.keys()
        left = {
            (text, path)
            for (number, path), texts in here.items()
            for text in english_left(language, texts, english[number, path])
        }
        assert left == set()


MAILS = sorted(path.parent.name for path in (settings.BASE_DIR / "microblog/templates/email").glob("*/subject.txt"))


@pytest.mark.once
@pytest.mark.parametrize("event", MAILS)
def test_no_english_is_left_in_any_mail(event):
    url = "http://localhost/1"
    urls = dict.fromkeys(["url", "reset_url", "about_url", "security_url"], url)
    person = SimpleNamespace(username="ana", email="1@2.com", time_zone="")
    context = {"person": person, "posts": True, "days": 3, "minutes": 10, "device": "", "zone": "UTC", **urls}
    # Its text is the label of the event, which the test of all labels checks.
    context |= {"count": 1, "more": 1}
    context["event"] = SecurityEvent(kind=SecurityEvent.Kind.choices[0][0], ip="::1", created_at=timezone.now())
    texts = {}
    for language in ("en", *LANGUAGES):
        send_email(event, "ana@example.com", context, language=language)
        message = mail.outbox.pop()
        (html, _type) = message.alternatives[0]
        assert f'lang="{language}"' in html
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in html
        texts[language] = said(html) | set(message.body.splitlines()) | {message.subject}
    for language in LANGUAGES:
        assert english_left(language, texts[language], texts["en"]) == []


ADMIN = [
    "",
    "accounts/user/",
    "posts/post/",
    "blog/entry/",
    "repositories/repository/",
    "audit/auditentry/",
    "jobs/job/",
]


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_the_admin_are_translated(client, content, language):
    admin = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(admin)
    pages = {}
    for code in ("en", language):
        User.objects.filter(pk=admin.pk).update(language=code)
        pages[code] = [said(client.get(f"/admin/{page}").content.decode()) for page in ADMIN]
    for english, here in zip(pages["en"], pages[language], strict=True):
        ours = {
            text for text in english_left(language, here, english) if not re.search(r"@|person\d|ana|bob|\d{4}", text)
        }
        # allauth does not make the labels of these two translatable.
        assert ours <= {"Authenticators", "User sessions"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_with_two_meanings_have_two_translations(language):
    with override(language):
        # A report is dismissed, and so is a message of the site.
        assert str(Decision.Action.DISMISS.label) != gettext("Dismiss")


def test_spanish_addresses_readers_informally(client, db):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    answer = client.post("/auth/register", {"username": "ana", "email": "ana"}).content.decode()
    assert "Escribe una dirección de correo electrónico válida." in answer
    assert not re.search(r"Introduzca|Seleccione|Asegúrese", answer)


def test_arabic_times_have_the_day_first():
    with override("ar"):
        assert date_format(datetime(2026, 11, 26, 19, 5, tzinfo=UTC), "DATETIME_FORMAT") == "26 نوفمبر 2026، 19:05"
