"""After any sequence of actions, each page and list of the blog shows exactly what its reader may see."""

import itertools
import re
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.services import deactivate_user, lift_suspension, restore_user, suspend_user
from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication, Snippet
from blog.services import delete_publication, edit_publication, hide_publication, restore_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from relationships.models import Block
from relationships.services import block_user, unblock_user
from tests.helpers.clients import bearer

pytestmark = pytest.mark.django_db

NAMES = ("ana", "bob", "cem")
MARK = re.compile(r"mark\d+end")
FACTORIES = {"blog": EntryFactory, "snippets": SnippetFactory}
DRAFT, PUBLIC = Publication.Status.DRAFT, Publication.Status.PUBLIC
numbers = itertools.count()


def write(author, place, status):
    options = {"tags": ["everywhere"]} if place == "blog" else {}
    FACTORIES[place](author=author, title=f"mark{next(numbers)}end", body="common", status=status, **options)


def latest(author, place):
    return FACTORIES[place]._meta.model.objects.by(author).order_by("-pk").first()


def on_latest(act):
    def step(_actor, other, place):
        row = latest(other, place)
        if row:
            act(row)

    return step


STEPS = {
    "publish": lambda _actor, other, place: write(other, place, PUBLIC),
    "keep a draft": lambda _actor, other, place: write(other, place, DRAFT),
    "draft again": on_latest(lambda row: edit_publication(row, status=DRAFT)),
    "publish the draft": on_latest(lambda row: edit_publication(row, status=PUBLIC)),
    "delete": on_latest(delete_publication),
    "hide": lambda actor, other, place: (
        (row := latest(other, place)) and hide_publication(row, actor=actor, reason="x")
    ),
    "restore": lambda actor, other, place: (row := latest(other, place)) and restore_publication(row, actor=actor),
    "block": lambda actor, other, _place: block_user(other, actor=actor),
    "unblock": lambda actor, other, _place: unblock_user(other, actor=actor),
    "suspend": lambda _actor, other, _place: suspend_user(other, actor="the site"),
    "lift": lambda _actor, other, _place: lift_suspension(other, actor="the site"),
    "close": lambda _actor, other, _place: deactivate_user(other, actor="the site"),
    "reopen": lambda _actor, other, _place: restore_user(other, actor="the site"),
}


def may_see(viewer, row):
    """Return whether a viewer, None for a visitor, may see a row: the rule, written a second time."""
    author = row.author
    if viewer == author:
        return True
    if row.status == DRAFT or row.hidden_at or author.suspended_at or author.deactivated_at:
        return False
    pair = (viewer, author)
    return not (viewer and Block.objects.filter(blocker__in=pair, blocked__in=pair).exists())


def marks(response):
    """Return what a page or a list shows, apart from the messages of the layout."""
    return set(MARK.findall(response.content.decode())) if response.status_code == 200 else set()


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["publish", "publish", *STEPS]),
            st.permutations(NAMES),
            st.sampled_from(["blog", "snippets"]),
        ),
        max_size=14,
    )
)
def test_reader_is_shown_what_they_may_see(db, steps):
    # Ids are reused, and with them their rate limits.
    cache.clear()
    with transaction.atomic():
        for name in NAMES:
            UserFactory(username=name)
        for step, (actor, other, _rest), place in steps:
            people = {user.username: user for user in User.objects.all()}
            STEPS[step](people[actor], people[other], place)
            check_next_request(place)
        people = list(User.objects.order_by("pk"))
        rows = rows_of_all()
        for viewer in [None, *people]:
            if viewer and (viewer.suspended_at or viewer.deactivated_at):
                continue
            check(viewer, rows)
            # For one of them, because the steps treat all alike.
            if viewer == people[0]:
                check_search(viewer, rows)
                check_api(viewer, people, rows)
        transaction.set_rollback(True)


def rows_of_all():
    return [*Entry.objects.select_related("author"), *Snippet.objects.select_related("author")]


def check_next_request(place):
    """Check what visitors are shown, which the site may have kept from before the last step."""
    model = FACTORIES[place]._meta.model
    visible = {row.title for row in model.objects.select_related("author") if may_see(None, row)}
    for path in ("/blog/", "/latest.atom") if place == "blog" else ("/snippets/",):
        assert marks(Client().get(path)) == visible


def check(viewer, rows):
    client = Client()
    if viewer:
        client.force_login(viewer)
    for place, model in (("blog", Entry), ("snippets", Snippet)):
        own = [row for row in rows if isinstance(row, model)]
        visible = [row for row in own if may_see(viewer, row)]
        public = {row.title for row in visible if row.status == PUBLIC}
        assert marks(client.get(f"/{place}/")) == public
        for name in NAMES:
            of_author = {row.title for row in visible if row.status == PUBLIC and row.author.username == name}
            assert marks(client.get(f"/{place}/author/{name}/")) == of_author
        for row in own:
            assert (client.get(row.get_absolute_url()).status_code == 200) == may_see(viewer, row)
            if viewer:
                answer = client.get(f"/report/{model._meta.model_name}/{row.pk}")
                assert (answer.status_code == 200) == may_see(viewer, row)
        if viewer:
            drafts = {row.title for row in own if row.author == viewer and row.status == DRAFT}
            assert marks(client.get(f"/{place}/drafts/")) == drafts
        else:
            urls = {quote(f"/{place}/{row.slug}/") for row in visible}
            sitemap = client.get(f"/sitemap-{'entries' if place == 'blog' else place}.xml").content.decode()
            assert set(re.findall(r"testserver([^<]*)", sitemap)) == urls
    tagged = {row.title for row in rows if isinstance(row, Entry) and may_see(viewer, row) and row.status == PUBLIC}
    assert marks(client.get("/blog/tag/everywhere/")) == tagged


def check_search(viewer, rows):
    client = Client()
    client.force_login(viewer)
    # Indexes have no hidden texts, those of the viewer neither.
    found = {row.title for row in rows if may_see(viewer, row) and row.status == PUBLIC and not row.hidden_at}
    assert marks(client.get("/search?q=common&type=blog")) == found


def check_api(viewer, people, rows):
    client = Client(headers=bearer(viewer))
    for place, model in (("entries", Entry), ("snippets", Snippet)):
        own = [row for row in rows if isinstance(row, model)]
        public = [row for row in own if may_see(viewer, row) and row.status == PUBLIC]
        assert marks(client.get(f"/api/{place}?limit=100")) == {row.title for row in public}
        for author in people:
            of_author = {row.title for row in public if row.author == author}
            assert marks(client.get(f"/api/users/{author.pk}/{place}")) == of_author
        drafts = {row.title for row in own if row.author == viewer and row.status == DRAFT}
        assert marks(client.get(f"/api/{place}/drafts")) == drafts
        for row in own:
            assert (client.get(f"/api/{place}/{row.pk}").status_code == 200) == may_see(viewer, row)
