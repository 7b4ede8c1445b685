"""Hidden posts and suspended users are absent everywhere for users without permission."""

import re
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.security.services import make_token
from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.conversations.services import send_message
from messaging.models import Notification
from moderation.tests.factories import make_moderator
from posts.models import Post
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import follow_user
from tests.helpers.exports import export_of

PEOPLE = 3
# The state of each user and of each of their two posts.
STATES = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=PEOPLE, max_size=PEOPLE)
PAGES = ["/", "/explore", "/search?q=plum", "/search?q=quince&type=people", "/notifications", "/messages"]
PAGES += ["/user/ana/followers", "/user/ana/following"]
API = ["timelines/home", "timelines/public", "users?per_page=100", "notifications", "conversations"]
API += ["search/posts?q=plum", "search/people?q=quince"]


def build():
    """Connect ana to three users by all kinds of content."""
    ana = UserFactory(username="ana")
    people = [UserFactory(username=f"quince{number}x") for number in range(PEOPLE)]
    posts = []
    for person in people:
        follow_user(person, actor=ana)
        follow_user(ana, actor=person)
        send_message(ana, sender=person, body="Hello.")
        posts += [PostFactory(author=person, body=f"plum{len(posts) + number}x for @ana") for number in (0, 1)]
    return ana, people, posts


def seen_by(viewer, *, people, posts):
    """Return the names and words in every page, API response and archive that a viewer can request."""
    browser = Client()
    browser.force_login(User.objects.get(pk=viewer.pk))
    texts = {path: browser.get(path) for path in PAGES}
    texts |= {path: browser.get(path) for person in people for path in (f"/user/{person}", f"/user/{person}/popup")}
    texts |= {path: browser.get(path) for post in posts for path in (f"/post/{post.pk}", f"/report/post/{post.pk}")}
    _token, secret = make_token(viewer, name="test", lifetime=timedelta(hours=1))
    program = Client(headers={"authorization": f"Bearer {secret}"})
    texts |= {f"/api/{path}": program.get(f"/api/{path}") for path in API}
    texts |= {f"/api/posts/{post.pk}": program.get(f"/api/posts/{post.pk}") for post in posts}
    texts |= {f"/api/users/{person.pk}": program.get(f"/api/users/{person.pk}") for person in people}
    seen = {path: words_in(answer.content) for path, answer in texts.items() if answer.status_code == 200}
    return seen | {"archive": words_in_archive_of(viewer)}


def words_in(content):
    return set(re.findall(r"(?:plum|quince)\dx", content.decode()))


def words_in_archive_of(person):
    """Export a user's data and return the names and words in it."""
    archive = export_of(User.objects.get(pk=person.pk))
    return set().union(*(words_in(archive.read(name)) for name in archive.namelist()))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=STATES)
def test_hidden_posts_and_suspended_people_are_absent_everywhere(db, states):
    with transaction.atomic():
        cache.clear()
        mod = make_moderator()
        ana, people, posts = build()
        permitted = set()
        for number, (person, (is_suspended, *are_hidden)) in enumerate(zip(people, states, strict=True)):
            for post, is_hidden in zip(posts[2 * number : 2 * number + 2], are_hidden, strict=True):
                if is_hidden:
                    hide_post(post, actor=mod, reason="x")
                elif not is_suspended:
                    permitted.add(post.body.split()[0])
            if is_suspended:
                suspend_user(person, actor=mod)
            else:
                permitted.add(person.username)
        run_due_everywhere()
        for viewer in (ana, mod):
            seen = seen_by(viewer, people=people, posts=posts)
            assert {path: words - permitted for path, words in seen.items() if words - permitted} == {}
            assert set().union(*seen.values()) == permitted
            assert {*PAGES, *(f"/api/{path}" for path in API), "archive"} <= seen.keys()
        free = sum(not is_suspended for is_suspended, *_hidden in states)
        ana.refresh_from_db()
        assert (ana.following_count, ana.follower_count, ana.unread_message_count) == (free, free, free)
        assert ana.unread_notification_count == Notification.objects.of(ana).unread().count()
        for number, person in enumerate(people):
            own = Post.objects.visible_to(person)
            assert set(own.by(person)) == set(posts[2 * number : 2 * number + 2])
            # Authors still see their own hidden posts.
            own_words = {post.body.split()[0] for post in own.by(person)}
            assert words_in_archive_of(person) == {person.username, *own_words}
        transaction.set_rollback(True)
