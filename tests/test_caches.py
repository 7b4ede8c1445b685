"""PERFORMANCE_CACHES changes how long a page takes, and nothing else."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.security.services.tokens import make_token
from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from posts.reactions.services import bookmark_post, like_post, repost_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user
from tests.helpers.browser import LONG_NAME, PAGES
from tests.helpers.routes import urls

# What is different in each response to the same request.
UNIQUE = re.compile(
    r'(name="(csrfmiddlewaretoken|submission_key)" value=|X-CSRFToken&quot;: &quot;)"?[\w-]+'
    r"|[0-9a-f]{32}"
)
API = [
    *("/api/users", "/api/timelines/home", "/api/timelines/public"),
    *(f"/api/users/{{pk}}{part}" for part in ("", "/posts", "/followers", "/following")),
]


# Each of their responses shows a new secret, or numbers about the process; the status is compared.
CHANGING = {"/auth/totp/activate", "/auth/passkeys/add", "/metrics"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("viewer", "differs"),
    [("anonymous", {}), ("member", {"author__time_zone": "Asia/Tokyo"}), ("staff", {"author__language": "es"})],
)
def test_pages_are_the_same_with_and_without_caches(viewer, differs, settings):
    post = PostFactory(author__username="ana", body="The night train to @bea is back.", **differs)
    blocked, muted, *_others = (UserFactory(username=name) for name in ("bea", "carl", "empty", LONG_NAME))
    user, tokens = None, {post.author: _token(post.author), None: ""}
    if viewer != "anonymous":
        user = UserFactory(is_staff=viewer == "staff", is_superuser=viewer == "staff")
        follow_user(post.author, actor=user)
        follow_user(user, actor=post.author)
        block_user(blocked, actor=user)
        mute_user(muted, actor=user)
        PostFactory.create_batch(3, author=user)
        PostFactory(body="By another user, and the same for both.")
        reply = PostFactory(author=user, reply_to=post.pk)
        PostFactory(author=post.author, reply_to=reply.pk)
        like_post(post, actor=user)
        bookmark_post(post, actor=user)
        repost_post(post, actor=user)
        repost_post(reply, actor=post.author)
        send_message(post.author, sender=user, body="See you on the train.")
        tokens[user] = _token(user)
    api = [path.format(pk=post.author.pk) for path in API]
    for path in [*PAGES, *urls(post.pk).values(), *api]:
        responses, clients = [], {}
        for person in (user, post.author):
            headers = {"Authorization": f"Bearer {tokens[person]}"} if person and path in api else {}
            clients[person] = Client(headers=headers)
            if person and path not in api:
                clients[person].force_login(person)
        # The caches are filled for another user first, in another language or time zone.
        for is_on, person in ((False, user), (True, post.author), (True, user)):
            settings.PERFORMANCE_CACHES = is_on
            response = clients[person].get(path)
            body = "" if path in CHANGING else UNIQUE.sub("", response.getvalue().decode())
            responses.append((response.status_code, body))
        assert responses[0] == responses[2], path


def _token(user):
    _row, token = make_token(user, name="test", lifetime=timedelta(days=1))
    return token
