"""
Let 10,000 users like one post within a minute while others read their home pages.

    python -m bench.trials.likes [--likes 10000] [--seconds 60] [--rounds 2]

In turns: no likes, likes of one post, and as many likes of as many posts, which is the same work without a row that
all of them change. The exit status is 1 when the p50 of home with likes of one post is more than BAR times that
without, or a count is wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median, quantiles

from bench.table import heading, row
from bench.trials.site import Answer, Member, Site, load
from scripts.processes import wait_until

BAR = 1.1
READERS = 4
# The users who like posts, and their posts: one for each round, then one for each like.
FILL = """
from accounts.models import User
from posts.models import Post
from posts.rendering import RENDERER_VERSION
User.objects.bulk_create(
    [User(username=f"liker{{n}}", email=f"liker{{n}}@example.com", password="!") for n in range({likes})],
    batch_size=1000)
author = User.objects.get(username="member0")
Post.objects.bulk_create(
    [Post(author=author, body="Like me.", body_html="Like me.", renderer_version=RENDERER_VERSION)
     for _ in range({rounds} * (1 + {likes}))], batch_size=1000)
"""
# Like posts at an even pace, and print when the first and the last like were given, and the seconds of the slowest.
LIKE = """
import json, time
from concurrent.futures import ThreadPoolExecutor
from accounts.models import User
from posts.models import Post
from posts.reactions.services import like_post
users = list(User.objects.filter(username__startswith="liker"))
posts = list(Post.objects.filter(body="Like me.").order_by("pk"))
start = time.time()
def like(place, user, post):
    time.sleep(max(0, start + place * {seconds} / {likes} - time.time()))
    begin = time.time()
    like_post(post, actor=user)
    return time.time() - begin
with ThreadPoolExecutor(4) as pool:
    slowest = max(pool.map(like, range({likes}), users, {targets}))
print(json.dumps([start, time.time(), slowest]))
"""
COUNTS = """
SELECT like_count, (SELECT count(*) FROM posts_like WHERE post_id = posts_post.id) FROM posts_post
ORDER BY like_count DESC LIMIT {rounds}
"""


def main() -> int:
    """Run the rounds, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    options = vars(parser.parse_args())
    likes, rounds = options["likes"], options["rounds"]
    kinds = {
        "of one post": lambda number: f"[posts[{number}]] * {likes}",
        "of as many posts": lambda number: f"posts[{rounds + number * likes} :]",
    }
    ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
    with Site(web_workers=2) as site:
        members = site.prepare()
        site.manage("shell", "--verbosity=0", "--command", FILL.format(**options))
        site.query("VACUUM (ANALYZE)")
        site.start()
        read(members, lambda: False, seconds=5)
        heading("Likes", "Within, s", "Slowest like, ms", "Pages", "p50 of home, ms", "p99, ms")
        for number in range(rounds):
            alone = _seconds(read(members, lambda: False, seconds=options["seconds"]))
            row("none", "", "", *_figures(alone))
            for kind, targets in kinds.items():
                given, slowest, during = like(site, members, LIKE.format(**options, targets=targets(number)))
                row(kind, f"{given:.0f}", f"{1000 * slowest:.0f}", *_figures(during))
                ratios[kind].append(median(during) / median(alone))
        counts = site.query(COUNTS.format(**options))
    print(", ".join(f"p50 with likes {kind}: {median(found):.2f} times" for kind, found in ratios.items()), counts)
    return int(median(ratios["of one post"]) > BAR or counts != [(likes, likes)] * rounds)


def like(site: Site, members: list[Member], command: str) -> tuple[float, float, list[float]]:
    """Like posts, and return how long it took, the slowest like, and the seconds of each page read during it."""
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(site.manage, "shell", "--verbosity=0", "--command", command)
        pages = read(members, work.done, seconds=math.inf)
        start, end, slowest = json.loads(work.result())
    return end - start, slowest, _seconds([page for page in pages if start <= page.asked <= end])


def read(members: list[Member], until: Callable[[], bool], *, seconds: float) -> list[Answer]:
    """Let users read their home pages until then, or for so long; return the answers."""
    pages: list[Answer] = []
    with load([partial(lambda member: pages.append(member.get("/")), member) for member in members[:READERS]]):
        wait_until(until, seconds, pause=0.2)
    return pages


def _seconds(pages: list[Answer]) -> list[float]:
    return [page.answered - page.asked if page.status == 200 else math.inf for page in pages]


def _figures(seconds: list[float]) -> tuple[int, str, str]:
    return len(seconds), f"{1000 * median(seconds):.0f}", f"{1000 * quantiles(seconds, n=100)[-1]:.0f}"


if __name__ == "__main__":
    sys.exit(main())
