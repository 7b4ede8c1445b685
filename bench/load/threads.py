"""Measure pages of large threads, next to explore, on a database made for it; runs with the site's settings."""

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from accounts.models import User
from accounts.services import register_user
from bench.load.blog import measure
from posts.counters import recount_posts
from posts.models import Post
from posts.rendering import RENDERER_VERSION
from posts.services import publish_post
from scripts.processes import HOST

REPLIES, DEPTH, PEOPLE, MOST_QUERIES = 10_000, 500, 100, 8


def main() -> int:
    """Fill a database, measure, and drop it; a page that fails or makes too many queries raises AssertionError."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        names = [f"person{number}" for number in range(PEOPLE)]
        people = [register_user(username=name, email=f"{name}@example.com", password=None) for name in names]
        wide, deep, *_others = [publish_post(author, body=f"Written by {author}.") for author in people]
        replies = make_replies(wide, people)
        last = deep
        for number in range(DEPTH):
            last = publish_post(people[number % PEOPLE], body=f"Level {number} of a thread.", reply_to=last.pk)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        client = Client(SERVER_NAME=HOST)
        client.force_login(people[-1])
        for name, path in {
            "explore": "/explore",
            f"{REPLIES} replies, first page": f"/post/{wide.pk}",
            f"{REPLIES} replies, half way down": f"/post/{wide.pk}?after={replies[REPLIES // 2].pk}",
            f"{DEPTH} deep, first post": f"/post/{deep.pk}",
            f"{DEPTH} deep, half way down": f"/post/{last.pk - DEPTH // 2}",
            f"{DEPTH} deep, deepest reply": f"/post/{last.pk}",
            "explore, again": "/explore",
        }.items():
            measure(name, client, path, most_queries=MOST_QUERIES)
        return 0
    finally:
        teardown_databases(made, verbosity=0)


def make_replies(post: Post, people: list[User]) -> list[Post]:
    """Write direct replies to a post by these users in turn; those of its author continue it."""
    replies = []
    for number in range(REPLIES):
        author, text = people[number % PEOPLE], f"Reply number {number}, by someone who knows why."
        place = {"reply_to": post, "addressee": None if author == post.author else post.author}
        replies.append(Post(author=author, body=text, body_html=text, renderer_version=RENDERER_VERSION, **place))
    made = Post.objects.bulk_create(replies, 1_000)
    recount_posts([post.pk])
    return made
