"""Text sent in a form after the session ended is kept as a draft, for the same user only."""

from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.forms import BaseForm, EmailInput, PasswordInput, Textarea, TextInput
from django.template import Context
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import UserFactory
from blog.tests.factories import EntryFactory, SnippetFactory
from messaging.conversations.services import send_message
from messaging.models import Message
from microblog.core.drafts import MAX_CHARACTERS, keep_draft
from moderation.models import Decision
from moderation.services.decisions import decide
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.models import Post
from posts.tests.factories import PostFactory
from tests.helpers.routes import PUBLIC, SIGN_IN, site_routes

pytestmark = pytest.mark.django_db
TYPED = "an hour of thought"
PASSWORD = "measures twice"


@pytest.fixture
def writer(db):
    """Return a user with something on every page that has a form."""
    ana, bob = UserFactory(username="ana", password=PASSWORD), UserFactory(username="bob")
    PostFactory(author=ana)
    PostFactory(author=bob)
    EntryFactory(author=ana, title="Lisbon")
    SnippetFactory(author=ana, title="Lisbon")
    send_message(ana, sender=bob, body="Hello")
    moderator = make_moderator(username="mod")
    decide(
        make_case(PostFactory(author=ana)),
        action=Decision.Action.HIDE_POST,
        actor=moderator,
        rule=a_rule(),
        reason="Rude.",
        seen=0,
    )
    return ana


def all_subclasses(kind):
    for sub in kind.__subclasses__():
        yield sub
        yield from all_subclasses(sub)


def forms_on(response):
    """Yield the forms of a page that are sent to its own URL, each with its text fields."""
    context = response.context or []
    for layers in [context] if isinstance(context, Context) else context:
        for scope in layers:
            for value in scope.values():
                if isinstance(value, BaseForm):
                    names = [
                        name
                        for name, field in value.fields.items()
                        if isinstance(field.widget, TextInput | EmailInput | Textarea)
                        and not field.widget.is_hidden
                        # A code of an authenticator app, and the submission key.
                        and name not in ("code", "submission_key")
                    ]
                    if names:
                        yield type(value), names, value


def urls():
    pks = {key for model in (Message, Decision, Authenticator) for key in model.objects.values_list("pk", flat=True)}
    pks |= set(Post.objects.values_list("pk", flat=True))
    for name, pattern, _path in site_routes():
        if name in PUBLIC:
            continue
        converters = pattern.pattern.converters
        for username in ("ana", "bob") if "username" in converters else ("ana",):
            for pk in sorted(pks) if "pk" in converters else (1,):
                values = {"username": username, "pk": pk, "key": "x", "slug": "lisbon"}
                values |= {"owner": "octocat", "name": "lisbon"}
                yield reverse(name, kwargs={key: values[key] for key in converters})


def send_after_the_end(client, url, data):
    """Send a form in a session that has ended; return the redirect."""
    Session.objects.all().delete()
    return client.post(url, data)


def test_text_of_any_form_becomes_a_draft_on_its_page(client, writer):
    found = set()
    client.force_login(writer)
    for url in urls():
        response = client.get(url)
        for kind, names, _form in list(forms_on(response)):
            if (kind, names[0]) in found:
                continue
            found.add((kind, names[0]))
            sent = send_after_the_end(client, url, dict.fromkeys(names, TYPED) | {"password": "secret words"})
            assert unquote(sent["Location"]) == SIGN_IN + url
            client.force_login(writer)
            values = [[form[name].value() for name in names] for other, _names, form in forms_on(client.get(url))
                      if other is kind]  # fmt: skip
            assert values, url
            assert values[0] == [TYPED] * len(names), (url, kind)
            assert "secret words" not in str(dict(client.session))
    assert {kind.__name__ for kind, _name in found} == {
        "AddPasskeyForm", "AppealForm", "ChangeEmailForm", "EditPostForm", "EditProfileForm", "EntryForm",
        "MessageForm", "PostForm", "ReportForm", "SnippetForm", "ThreadForm", "TokenForm",
    }  # fmt: skip


ACTS = {
    "note": ("note_form", {"text": TYPED}),
    "decide": ("decision_form", {"reason": TYPED, "action": "suspend", "seen": "7"}),
    "reverse": ("reason_form", {"reason": TYPED}),
    "appeal": ("reason_form", {"reason": TYPED, "answer": "grant"}),
}


@pytest.mark.parametrize("act", ACTS)
def test_text_of_a_moderator_becomes_a_draft_of_the_case(client, writer, act):
    moderator, case = User.objects.get(username="mod"), make_case(writer)
    url = reverse("admin:moderation_case_change", args=[case.pk])
    name, typed = ACTS[act]
    assert send_after_the_end(client, url, {"do": act, **typed})["Location"] == SIGN_IN + url
    client.force_login(moderator)
    context = client.get(url).context
    values = {key: [field.value() for field in context[key]] for key in ("note_form", "decision_form", "reason_form")}
    assert [key for key, shown in values.items() if TYPED in shown] == [name]
    # The page shows the case as the moderator saw it.
    assert context["decision_form"]["seen"].value() == case.decision_count


def test_reason_of_a_bulk_decision_becomes_a_draft_and_nothing_is_decided(client, writer):
    moderator = User.objects.get(username="mod")
    url = reverse("admin:accounts_user_decide")
    send_after_the_end(client, url, {"action": "suspend", "ids": str(writer.pk), "reason": TYPED, "rule": a_rule().pk})
    client.force_login(moderator)
    assert client.get(url).context["form"]["reason"].value() == TYPED
    writer.refresh_from_db()
    assert writer.suspended_at is None


def test_draft_is_shown_to_its_author_only(client, writer):
    bob = UserFactory(username="other", password=PASSWORD)
    client.post("/auth/login", {"login": "ana", "password": PASSWORD})
    send_after_the_end(client, "/edit_profile", {"about_me": TYPED})
    client.post("/auth/login", {"login": bob.username, "password": PASSWORD})
    assert TYPED not in client.get("/edit_profile").content.decode()
    assert "draft" not in client.session


def test_draft_is_deleted_once_the_form_is_sent(client, writer):
    send_after_the_end(client, "/edit_profile", {"username": "ana", "about_me": TYPED, "avatar_source": "generated"})
    client.force_login(writer)
    assert TYPED in client.get("/edit_profile").content.decode()
    client.post("/edit_profile", {"username": "ana", "about_me": "shorter", "avatar_source": "generated"})
    assert TYPED not in client.get("/edit_profile").content.decode()


def test_draft_of_a_background_request_belongs_to_the_page_of_its_form(client, writer):
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/blog/lisbon/edit/?a=1"}
    response = client.post("/blog/preview", {"title": "Kept", "body": TYPED}, headers=htmx)
    assert response["HX-Redirect"] == "/auth/login?next=/blog/lisbon/edit/%3Fa%3D1"
    client.force_login(writer)
    form = client.get("/blog/lisbon/edit/").context["form"]
    assert (form["title"].value(), form["body"].value()) == ("Kept", TYPED)


def keep(data):
    request = RequestFactory().post("/", data)
    request.session = {}
    keep_draft(request, request.path)
    return request.session.get("draft", {}).get("fields", {})


def test_draft_has_a_size_limit():
    kept = keep({f"{letter}{number}": letter * 3_000 for letter in "abc" for number in range(100)})
    assert 0 < sum(len(name) + len(value) for name, value in kept.items()) <= MAX_CHARACTERS


def test_credentials_of_no_form_are_stored():
    credentials = {
        name
        for kind in all_subclasses(BaseForm)
        for name, field in getattr(kind, "base_fields", {}).items()
        if isinstance(field.widget, PasswordInput) or name in ("code", "credential", "otp_token")
    }
    assert credentials == {
        "password", "password1", "password2", "oldpassword", "old_password", "new_password1", "new_password2", "code",
        "credential",
    }  # fmt: skip
    assert keep(dict.fromkeys(credentials | {"csrfmiddlewaretoken", "submission_key"}, "secret words")) == {}
