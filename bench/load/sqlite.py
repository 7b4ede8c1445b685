"""Measure the search of the database; runs with the site's settings."""

import os
import statistics
import sys
import time

from django.core.management import call_command
from django.test import Client

from accounts.models import User
from bench.data.sets import Size, generate, write_posts
from posts.models import Post
from posts.rendering import RENDERER_VERSION
from scripts.processes import HOST

SEARCHES = 400


def main(posts: str = "100000") -> int:
    """Fill the database, search for words as frequent as they are written, and print the times of whole pages."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    network = generate(Size(users=1_000, posts=int(posts), followees=10))
    User.objects.bulk_create(
        User(pk=pk, username=name, email=f"{name}@example.com") for pk, name in enumerate(network.names, 1)
    )
    start = time.monotonic()
    Post.objects.bulk_create(
        (
            Post(pk=pk, author_id=author, created_at=at, body=body, body_html=html, renderer_version=RENDERER_VERSION)
            for pk, author, at, body, html, *_references in write_posts(network)
        ),
        batch_size=1_000,
    )
    print(f"{posts} posts written and indexed in {time.monotonic() - start:.0f} s")
    client = Client(SERVER_NAME=HOST)
    client.force_login(User.objects.get(pk=1))
    times = []
    for number in range(SEARCHES):
        one, two, *_rest = Post.objects.get(pk=1 + number * int(posts) // SEARCHES).body.split()
        text = [one, f"{one} {two}", f'"{one} {two}"', f"{one} -{two}"][number % 4]
        start = time.perf_counter()
        response = client.get("/search", {"q": text})
        times.append(1000 * (time.perf_counter() - start))
        if response.status_code != 200:
            sys.exit(f"{text}: status {response.status_code}")
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"{SEARCHES} pages of results: p50 {p50:.1f} ms, p99 {p99:.1f} ms, load {os.getloadavg()[0]:.1f}")
    return 0
