"""Hidden posts and people are absent from results, however far the index lags behind."""

import itertools
from contextlib import contextmanager

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.services import deactivate_user, lift_suspension, restore_user, suspend_user
from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication, Snippet
from blog.services import delete_publication, edit_publication, hide_publication, restore_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.models import Job
from posts.models import Post
from posts.reactions.services import bookmark_post
from posts.services import delete_post, edit_post, hide_post, restore_post
from posts.tests.factories import PostFactory
from relationships.services import block_user
from search.services import search_blog, search_people, search_posts

PEOPLE, POSTS = 3, 5


def _bulk(post):
    Post.objects.filter(pk=post.pk).update(hidden_at=timezone.now())


# Events of one post or one user; the other argument is the actor.
TO_POSTS = {
    "hide": lambda post, actor: hide_post(post, actor=actor, reason="Spam"),
    "hide in bulk": lambda post, actor: _bulk(post),
    "restore": lambda post, actor: restore_post(post, actor=actor),
    "delete": lambda post, actor: delete_post(post),
    "edit": lambda post, actor: edit_post(post, body=f"word edited {post.pk}"),
}
TO_TEXTS = {
    "text: hide": lambda text, actor: hide_publication(text, actor=actor, reason="Spam"),
    "text: restore": lambda text, actor: restore_publication(text, actor=actor),
    "text: draft": lambda text, actor: edit_publication(text, status=Publication.Status.DRAFT),
    "text: publish": lambda text, actor: edit_publication(text, status=Publication.Status.PUBLIC),
    "text: delete": lambda text, actor: delete_publication(text),
}
TO_PEOPLE = {
    "suspend": lambda person, actor: suspend_user(person, actor=actor, reason="Spam"),
    "lift": lambda person, actor: lift_suspension(person, actor=actor),
    "deactivate": lambda person, actor: deactivate_user(person, actor=actor),
    "reopen": lambda person, actor: restore_user(person, actor=actor),
    "block": lambda person, actor: person == actor or block_user(person, actor=actor),
}

events = st.lists(
    st.tuples(st.sampled_from(sorted(TO_POSTS)), st.integers(0, POSTS - 1), st.integers(0, PEOPLE - 1))
    | st.tuples(st.sampled_from(sorted(TO_TEXTS)), st.integers(0, POSTS - 1), st.integers(0, PEOPLE - 1))
    | st.tuples(st.sampled_from(sorted(TO_PEOPLE)), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1))
    | st.just(("settle", 0, 0)),
    max_size=10,
)


@contextmanager
def undone():
    """Roll back what is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=events)
def test_hidden_content_is_absent_from_results(db, engine, empty_indexes, settle, events):
    with undone():
        empty_indexes()
        people = UserFactory.create_batch(PEOPLE, about_me="Likes a word.")
        posts = []
        for number in range(POSTS):
            reply_to = posts[-1].pk if number % 2 else None
            posts.append(PostFactory(author=people[number % PEOPLE], body=f"word {number}", reply_to=reply_to))
        for post, person in itertools.product(posts, people):
            bookmark_post(post, actor=person)
        texts = [
            (SnippetFactory if number % 2 else EntryFactory)(
                author=people[number % PEOPLE], title=f"word {number}", status=number % 4 == 0
            )
            for number in range(POSTS)
        ]
        settle()
        for name, which, actor in events:
            if name == "settle":
                settle()
            elif name in TO_POSTS and (post := Post.objects.filter(pk=posts[which].pk).first()):
                TO_POSTS[name](post, User.objects.get(pk=people[actor].pk))
            elif name in TO_TEXTS and (text := type(texts[which]).objects.filter(pk=texts[which].pk).first()):
                TO_TEXTS[name](text, User.objects.get(pk=people[actor].pk))
            elif name in TO_PEOPLE:
                TO_PEOPLE[name](*(User.objects.get(pk=people[number].pk) for number in (which, actor)))
        check_all(people, is_settled=not Job.objects.exists())
        settle()
        check_all(people, is_settled=True)


def check_all(people, *, is_settled):
    for person in people:
        viewer = User.objects.get(pk=person.pk)
        posts = Post.objects.all()
        for found, rows in [
            (search_posts("word", viewer=viewer), [posts]),
            (search_posts("in:bookmarks", viewer=viewer), [posts]),
            (search_posts("word in:bookmarks is:reply", viewer=viewer), [posts.exclude(reply_to=None)]),
            *((search_posts(f"from:{author.username}", viewer=viewer), [posts.by(author)]) for author in people),
            (search_people("word", viewer=viewer), [User.objects.all()]),
            (search_blog("word", viewer=viewer), [Entry.objects.all(), Snippet.objects.all()]),
        ]:
            assert not found.is_fallback
            shown = {(type(row), row.pk) for row in found.items}
            assert found.total == len(shown)
            visible = pks(rows, viewer)
            assert shown <= visible
            if is_settled:
                assert shown == visible & pks(rows, AnonymousUser())


def pks(rows, viewer):
    return {(row.model, pk) for row in rows for pk in row.visible_to(viewer).values_list("pk", flat=True)}
