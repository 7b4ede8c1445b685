"""Every admin URL for every role, about the viewer and about others: status, and no private data."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from django_rq.models import Dashboard

from accounts.models import User, Username
from accounts.security.devices import Origin
from accounts.security.models import SecurityEvent
from accounts.security.services import list_session, make_token, record_security_event
from accounts.tests.factories import UserFactory
from api.models import IdempotentRequest
from audit.models import AuditEntry
from blog.models import PublicState
from blog.tests.factories import EntryFactory, SnippetFactory
from exports.models import Export
from exports.services import request_export
from jobs.models import Job, Recurrence
from messaging.conversations.services import send_message
from messaging.models import Notification
from messaging.notifications.services import notify, silence_kinds
from moderation.bulk.services import request_bulk_decision
from moderation.models import Case
from moderation.services.cases import add_note
from moderation.services.decisions import appeal, decide
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.models import Like
from posts.reactions.services import like_post
from posts.tests.factories import PostFactory
from relationships.models import Block, Follow, Mute
from relationships.services import block_user, follow_user, mute_user
from repositories.tests.factories import IssueFactory, WatchFactory
from tests.helpers import ledger

pytestmark = pytest.mark.django_db

MODELS = {model._meta.label: model for model in admin.site._registry if model is not Dashboard}
STAFF = ["staff", "moderator", "administrator", "superuser"]
ROLES = ["member", *STAFF]

MODERATOR = {
    "accounts.User", "audit.AuditEntry", "posts.Post", "moderation.Appeal", "moderation.Case", "moderation.Decision",
    "moderation.Note", "moderation.Report", "moderation.Rule", "blog.Entry", "blog.Snippet",
    "moderation.BulkDecision",
}  # fmt: skip
ADMINISTRATOR = (
    MODERATOR
    | {"security.SecurityEvent", "accounts.Username", "jobs.Job", "exports.Export"}
    | {
        "repositories.Repository",
        "repositories.Issue",
    }
)
MAY = {
    "view": {"moderator": MODERATOR, "administrator": ADMINISTRATOR, "superuser": set(MODELS)},
    "add": {"administrator": {"moderation.Rule"}, "superuser": {"auth.Group", "moderation.Rule"}},
    "change": {
        "administrator": {"moderation.Rule"},
        "superuser": {"accounts.User", "auth.Group", "moderation.Rule"},
    },
    "delete": {"superuser": {"auth.Group", "posts.Post", "blog.Entry", "blog.Snippet"}},
    "decide": {
        role: {"accounts.User", "moderation.Case", "posts.Post", "blog.Entry", "blog.Snippet"} for role in STAFF[1:]
    },
}
# Objects of a case about the viewer do not exist for them.
OF_CASES = {"moderation.Case", "moderation.Report", "moderation.Decision", "moderation.Appeal", "moderation.Note"}
OWN_ARE_GONE = OF_CASES | {"audit.AuditEntry"}


# Pages that need another permission than their name suggests, or none.
ASKS_FOR = {"changelist": "view", "change": "view", "history": "view", None: None}
# Status of a permitted page; "decide" redirects to its list, and a row without a page name to its page.
OPENS = {"decide": 302, None: 302}


def expected_status(role, label, page, *, is_own):
    """Return the expected status of a page, by the tables above."""
    act = ASKS_FOR.get(page, page)
    may = act is None or label in MAY[act].get(role, ())
    is_gone = is_own and label in OWN_ARE_GONE
    # Moderators see their own bulk decisions.
    is_gone |= label == "moderation.BulkDecision" and role in ("staff", "moderator") and not is_own
    # Django redirects to the index if there is no such row, and users who are not staff to sign-in.
    if role == "member" or (page == "history" and is_gone):
        return 302
    if not may:
        return 403
    if page == "change" and is_gone:
        return 404 if label == "moderation.Case" else 302
    return OPENS.get(page, 200)


def make_viewer(role):
    viewer = UserFactory(
        username="viewer",
        email="viewer.private@example.net",
        is_staff=role != "member",
        is_superuser=role == "superuser",
    )
    if role in ("moderator", "administrator"):
        viewer.groups.add(Group.objects.get(name=f"{role.capitalize()}s"))
    return viewer


class World:
    """A row of every model about a person, and the private texts of these rows."""

    def __init__(self, person, root):
        other, name = UserFactory(), person.username
        client = Client()
        follow_user(other, actor=person)
        mute_user(other, actor=person)
        block_user(UserFactory(), actor=person)
        post = PostFactory(author=person)
        like_post(post, actor=person)
        entry = EntryFactory(author=person, tags=[f"tag-of-{name}"])
        issue = IssueFactory()
        message = send_message(other, sender=person, body=f"Private words of {name}.")
        notify(person, kind=Notification.Kind.DECISION)
        silence_kinds(person, [Notification.Kind.LIKED])
        event = record_security_event(person, SecurityEvent.Kind.SIGN_IN)
        token, secret = make_token(person, name="Script", lifetime=timedelta(days=1))
        ledger.note.enqueue()
        decided = make_case(post, reporter=UserFactory())
        note = add_note(decided, actor=root, text=f"About {name}.")
        decision = decide(decided, action="warn", actor=root, rule=a_rule(), reason="Spam.")
        request_export(person)
        export = Export.objects.get(user=person)
        export_file = f"{name}-private.zip"
        Export.objects.filter(pk=export.pk).update(file=export_file)
        asked = IdempotentRequest.objects.create(
            scope=f"scope of {name}", fingerprint=f"fingerprint-of-{name}", response=f"Response to {name}.", status=201
        )
        factor_secret = f"totp-secret-of-{name}"
        Authenticator.objects.create(
            user=person, type=Authenticator.Type.RECOVERY_CODES, data={"seed": factor_secret, "used_mask": 0}
        )
        password = f"argon2$private-hash-of-{name}"
        User.objects.filter(pk=person.pk).update(password=password)
        client.force_login(User.objects.get(pk=person.pk))
        key = client.session.stored_key
        list_session(person, stored_key=key, origin=Origin("127.0.0.1", "curl"))
        self.rows = {
            "security.ApiToken": token,
            "relationships.Block": Block.objects.get(blocker=person),
            "relationships.Follow": Follow.objects.get(follower=person),
            "relationships.Mute": Mute.objects.get(muter=person),
            "security.SecurityEvent": event,
            "accounts.User": person,
            "accounts.Username": Username.objects.get(user=person),
            "audit.AuditEntry": AuditEntry.objects.get(action="case.note", target_id=decided.pk),
            "auth.Group": Group.objects.first(),
            "api.IdempotentRequest": asked,
            "jobs.Job": Job.objects.first(),
            "jobs.Recurrence": Recurrence.objects.get_or_create(task="none", defaults={"due_at": timezone.now()})[0],
            "messaging.Conversation": message.conversation,
            "messaging.Message": message,
            "messaging.Notification": person.notifications.first(),
            "messaging.Participant": person.participations.get(),
            "messaging.SilencedKind": person.silenced_kinds.get(),
            "moderation.Appeal": appeal(decision, actor=person, text="No."),
            "moderation.BulkDecision": request_bulk_decision(
                Case.objects.none(), action="dismiss", actor=person, rule=None, reason=""
            ),
            "moderation.Case": decided,
            "moderation.Decision": decision,
            "moderation.Note": note,
            "moderation.Report": decided.reports.get(),
            "moderation.Rule": a_rule(),
            "blog.Entry": entry,
            "blog.Snippet": SnippetFactory(author=person),
            "blog.PublicState": PublicState.objects.get(),
            "blog.Tag": entry.tags.get(),
            "exports.Export": export,
            "posts.Post": post,
            "posts.Like": Like.objects.get(user=person),
            "repositories.Issue": issue,
            "repositories.Repository": issue.repository,
            "repositories.Watch": WatchFactory(user=person, repository=issue.repository),
        }
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.private = [
            message.body, secret, token.digest, export_file, asked.response, asked.fingerprint, factor_secret,
            password, cookie, key,
        ]  # fmt: skip


def pages_of_models():
    """Yield (label, name of the page) of all URLs of models that the admin mounts."""
    [resolver] = [entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "admin"]
    for label, model in MODELS.items():
        prefix = f"{model._meta.app_label}/{model._meta.model_name}/"
        [mounted] = [
            entry for entry in resolver.url_patterns if isinstance(entry, URLResolver) and str(entry.pattern) == prefix
        ]
        for entry in mounted.url_patterns:
            yield label, entry.name and entry.name.rpartition("_")[2]


def url_of(label, page, row):
    opts = MODELS[label]._meta
    if page is None:
        return f"/admin/{opts.app_label}/{opts.model_name}/{row.pk}/"
    arguments = [] if page in ("changelist", "add", "decide") else [row.pk]
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=arguments)


PAGES = list(pages_of_models())


@pytest.fixture(params=ROLES)
def role(request):
    return request.param


@pytest.fixture
def viewer(role, client):
    return make_viewer(role)


@pytest.fixture(params=["own", "others"])
def world(request, viewer, client):
    """Return the rows to visit, with the private texts of both users."""
    root = make_moderator(username="root")
    own, others = World(viewer, root), World(UserFactory(username="ana", email="ana.private@example.net"), root)
    chosen = own if request.param == "own" else others
    chosen.private = own.private + others.private
    chosen.is_own = chosen is own
    client.force_login(User.objects.get(pk=viewer.pk))
    return chosen


def check_is_clean(response, role, world):
    body = response.content.decode()
    emails = [] if role in ("administrator", "superuser") else ["ana.private@example.net", "viewer.private@"]
    assert [words for words in world.private + emails if words in body] == []


def test_every_model_url_has_its_status_by_role_and_shows_nothing_private(client, role, world):
    assert set(world.rows) == set(MODELS)
    assert len(PAGES) == len(MODELS) * 6 + 5
    wrong = {}
    for label, page in PAGES:
        url = url_of(label, page, world.rows[label])
        response = client.get(url)
        status = expected_status(role, label, page, is_own=world.is_own)
        if response.status_code != status:
            wrong[url] = response.status_code, status
        check_is_clean(response, role, world)
        if status == 403:
            # A page that cannot be read refuses POST too.
            assert client.post(url, {"post": "yes", "do": "claim"}).status_code == 403, url
    assert wrong == {}


def test_autocomplete_has_its_status_by_role_and_shows_nothing_private(client, role, world):
    seen = set()
    for label, model in MODELS.items():
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete and field.related_model._meta.label in MODELS):
                continue
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            response = client.get("/admin/autocomplete/", {**query, "field_name": field.name, "term": ""})
            may = field.related_model._meta.label in MAY["view"].get(role, ())
            assert response.status_code == (302 if role == "member" else 200 if may else 403), (label, field.name)
            check_is_clean(response, role, world)
            seen.add(f"{label}.{field.name}")
    assert len(seen) == 53, seen


def test_other_admin_pages_have_their_status_by_role(client, role, world):
    is_staff = role != "member"
    apps = {label.partition(".")[0] for label in MAY["view"].get(role, ())}
    expected = {
        "/admin/": 200 if is_staff else 302,
        "/admin/jsi18n/": 200 if is_staff else 302,
        "/admin/nothing/of/the/kind/": 404 if is_staff else 302,
        "/admin/password_change/": 302,
        "/admin/login/": 302 if is_staff else 403,
        # Without Redis there are no queues.
        "/admin/django_rq/dashboard/": 404,
    }
    for app in {model._meta.app_label for model in MODELS.values()}:
        expected[f"/admin/{app}/"] = 302 if not is_staff else 200 if app in apps else 404
    # Last, because it ends the session.
    expected["/admin/logout/"] = 307 if is_staff else 302
    for url, status in expected.items():
        response = client.get(url)
        assert response.status_code == status, url
        check_is_clean(response, role, world)


def test_visitors_are_redirected_to_sign_in(client):
    ana = UserFactory()
    for label, page in PAGES:
        response = client.get(url_of(label, page, ana))
        assert response["Location"].startswith("/auth/login?next="), (label, page)
