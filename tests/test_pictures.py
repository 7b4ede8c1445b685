"""Pictures of users with a placeholder as email address."""

import pytest
from django.core.cache import cache

from accounts.models import User
from accounts.placeholders import make_placeholder_email
from accounts.tests.factories import UserFactory
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.worker import run_due_everywhere
from messaging.conversations.services import send_message
from posts.reactions.services import bookmark_post, like_post, repost_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user

pytestmark = pytest.mark.django_db

LISTS = [
    *("/", "/explore", "/user/bob", "/likes", "/bookmarks", "/search?q=train", "/search?q=carl&type=people"),
    *("/post/{post}", "/post/{post}/likes", "/post/{post}/reposts", "/user/ana/followers"),
    *("/messages", "/notifications", "/settings/blocked", "/settings/muted", "/blog/", "/snippets/"),
]


@pytest.fixture
def post(ana):
    """Return a post by one of three users; they are in all lists of ana."""
    bob, carl, dan = (UserFactory(username=name) for name in ("bob", "carl", "dan"))
    post = PostFactory(author=bob, body="The night train is late.")
    for person in (bob, carl, dan):
        follow_user(ana, actor=person)
        follow_user(person, actor=ana)
        send_message(ana, sender=person, body="Hi.")
        like_post(post, actor=person)
        bookmark_post(post, actor=ana)
        like_post(post, actor=ana)
        EntryFactory(author=person)
        SnippetFactory(author=person)
    for person in (carl, dan):
        PostFactory(author=person, reply_to=post.pk, body="@ana The train again.")
        repost_post(post, actor=person)
        repost_post(PostFactory(), actor=person)
    for service in (block_user, mute_user):
        service(UserFactory(), actor=ana)
    run_due_everywhere()
    return post


@pytest.mark.parametrize("path", LISTS)
def test_picture_from_gravatar_for_an_email_that_is_a_placeholder_takes_no_query(
    ana_client, ana, post, path, django_assert_max_num_queries
):
    path = path.format(post=post.pk)
    others = User.objects.exclude(pk=ana.pk)
    for person in others:
        person.email, person.claimed_email = make_placeholder_email(), person.email
        person.save()
    pages, counts = [], []
    for source in User.AvatarSource:
        others.update(avatar_source=source)
        cache.clear()
        with django_assert_max_num_queries(20) as queries:
            pages.append(ana_client.get(path, headers={"Accept": "text/html"}).content.decode())
        counts.append(len(queries))
    assert ["https://www.gravatar.com/avatar/" in page for page in pages] == [False, True]
    assert counts[0] == counts[1]
