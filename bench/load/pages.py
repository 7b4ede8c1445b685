"""The pages that are measured. A page that comes later adds one entry to PAGES."""

from __future__ import annotations

import random
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from bench.data.sets import BLOCKING, FOLLOWING, FOLLOWING_INACTIVE, SEED
from bench.load.expected import KEPT_AWAY, STARTED, explore_ids, fetch_ids, fetch_rows, home_rows, posts_of
from bench.load.requests import Page, Request
from posts.models import Post

# A Unix time after which nothing has happened.
LATER = 2**33
# A page of a timeline this far from the top is deep.
DEEP = 1_250


def home(viewer: User) -> Request:
    rows = home_rows(viewer, below=2**62, limit=settings.POSTS_PER_PAGE)
    return Request(reverse("posts:home"), (f"Hi, {viewer.username}!", "submission_key"), posts_of(rows))


def home_deep(viewer: User) -> Request:
    """Ask for the page 1,250 posts down, or for the last whole page of a shorter timeline."""
    size = settings.POSTS_PER_PAGE
    above = home_rows(viewer, below=2**62, limit=DEEP + size)[:-size]
    cursor = above[-1][0] if above else 2**62
    return Request(
        f"{reverse('posts:home')}?before={cursor}",
        (f"Hi, {viewer.username}!", "submission_key"),
        posts_of(home_rows(viewer, below=cursor, limit=size)),
    )


def new_posts(viewer: User) -> Request:
    """Ask, as an open home page does again and again, for what was written since its tenth post."""
    (*_newer, (seen, _post)) = home_rows(viewer, below=2**62, limit=10)
    return Request(f"{reverse('posts:new_posts')}?after={seen}", (str(len(_newer)),))


def explore(viewer: User) -> Request:
    ids = explore_ids(viewer, below=2**62)
    return Request(reverse("posts:explore"), (f"Hi, {viewer.username}!",), ids)


def explore_deep(viewer: User) -> Request:
    """Ask for the page below 39 of 40 of all posts."""
    (cursor,) = fetch_ids("SELECT max(id) / 40 FROM posts_post")
    ids = explore_ids(viewer, below=cursor)
    return Request(f"{reverse('posts:explore')}?before={cursor}", (f"Hi, {viewer.username}!",), ids)


def _user_for(viewer: User) -> User:
    """Choose a visible user for the viewer, the same one each time."""
    dice, count = random.Random(SEED + viewer.pk), User.objects.count()
    while True:
        person = dice.randint(1, count)
        pair = (viewer.pk, person, person, viewer.pk)
        if not fetch_ids(
            "SELECT id FROM relationships_block WHERE (blocker_id, blocked_id) IN ((%s, %s), (%s, %s))", *pair
        ):
            return User.objects.get(pk=person)


def _profile_of(person: User, viewer: User) -> Request:
    ids = fetch_ids(
        "SELECT id FROM posts_post WHERE author_id = %s AND addressee_id IS NULL AND repost_of_id IS NULL"
        " ORDER BY id DESC LIMIT %s",
        *(person.pk, settings.POSTS_PER_PAGE),
    )
    return Request(person.get_absolute_url(), (f"User: {person.username}", f'href="/user/{viewer.username}"'), ids)


def profile(viewer: User) -> Request:
    return _profile_of(_user_for(viewer), viewer)


def profile_of_most_followed(viewer: User) -> Request:
    return _profile_of(User.objects.latest("follower_count"), viewer)


def post(viewer: User) -> Request:
    """Ask for the thread of the post with the most replies of 100 that start one."""
    (newest,) = fetch_ids("SELECT max(id) FROM posts_post")
    [(pk, author)] = fetch_rows(
        f"SELECT id, author_id FROM ({STARTED}) started WHERE author_id NOT IN {KEPT_AWAY}"  # noqa: S608 - constants
        " ORDER BY reply_count DESC, id LIMIT 1",
        *(int(newest * random.Random(SEED + viewer.pk).uniform(0.1, 1)), viewer.pk, viewer.pk),
    )
    ids = fetch_ids(
        f"SELECT id FROM posts_post WHERE reply_to_id = %s AND author_id NOT IN {KEPT_AWAY}"  # noqa: S608 - a constant
        " AND author_id NOT IN (SELECT muted_id FROM relationships_mute WHERE muter_id = %s)"
        " ORDER BY author_id <> %s, id LIMIT %s",
        *(pk, viewer.pk, viewer.pk, viewer.pk, author, settings.POSTS_PER_PAGE),
    )
    return Request(reverse("posts:post", args=[pk]), ("submission_key",), [pk, *ids])


def reposters(viewer: User) -> Request:
    """Ask who reposts the most reposted one of 100 posts."""
    (newest,) = fetch_ids("SELECT max(id) FROM posts_post")
    [(pk,)] = fetch_rows(
        f"SELECT id FROM ({STARTED}) started WHERE author_id NOT IN {KEPT_AWAY}"  # noqa: S608 - constants
        " ORDER BY repost_count DESC, id LIMIT 1",
        *(int(newest * random.Random(SEED + viewer.pk).uniform(0.1, 1)), viewer.pk, viewer.pk),
    )
    names = fetch_rows(
        "SELECT username FROM posts_post p JOIN accounts_user u ON u.id = p.author_id"  # noqa: S608 - a constant
        f" WHERE p.repost_of_id = %s AND p.author_id NOT IN {KEPT_AWAY} ORDER BY p.id DESC LIMIT %s",
        *(pk, viewer.pk, viewer.pk, settings.POSTS_PER_PAGE),
    )
    return Request(reverse("posts:reposters", args=[pk]), tuple(f'href="/user/{name}"' for (name,) in names))


def popover(viewer: User) -> Request:
    person = _user_for(viewer)
    follows = viewer.following_set.filter(followed=person).exists()
    action = reverse(f"relationships:{'unfollow' if follows else 'follow'}", args=[person.username])
    return Request(reverse("relationships:popup", args=[person.username]), (person.username, f'action="{action}"'))


def _words_for(viewer: User) -> list[str]:
    """Choose consecutive words of a post, by their frequency."""
    dice = random.Random(SEED + viewer.pk)
    posts = Post.objects.filter(repost_of=None, pk__lte=max(100, int(Post.objects.latest("pk").pk * dice.random())))
    return posts.exclude(body__contains="@").exclude(body__contains="/").latest("pk").body.split()


def _search(viewer: User, text: str, condition: str) -> Request:
    """
    Ask the database's search, which orders by age; with Elasticsearch the order is another.

    Viewers separated from an author by a block see less than a page of hits, which is left out of the comparison.
    """
    path = f"{reverse('search:search')}?{urlencode({'q': text})}"
    if settings.ELASTICSEARCH_URL or fetch_ids(
        "SELECT id FROM relationships_block WHERE blocker_id = %s OR blocked_id = %s", viewer.pk, viewer.pk
    ):
        return Request(path, ("mb-tabs",))
    ids = fetch_ids(f"SELECT id FROM posts_post WHERE {condition} ORDER BY id DESC LIMIT %s", settings.POSTS_PER_PAGE)  # noqa: S608 - made of words
    return Request(path, ("<mark>",), ids)


def search_word(viewer: User) -> Request:
    word = _words_for(viewer)[0]
    return _search(viewer, word, rf"body ~ '\m{word}\M'")


def search_two_words(viewer: User) -> Request:
    one, two = _words_for(viewer)[:2]
    return _search(viewer, f"{one} {two}", rf"body ~ '\m{one}\M' AND body ~ '\m{two}\M'")


def search_phrase(viewer: User) -> Request:
    one, two = _words_for(viewer)[:2]
    return _search(viewer, f'"{one} {two}"', rf"body ~ '\m{one} {two}\M'")


def search_people(viewer: User) -> Request:
    name = _user_for(viewer).username
    return Request(f"{reverse('search:search')}?{urlencode({'q': name, 'type': 'people'})}", (f'href="/user/{name}"',))


def poll(_viewer: User) -> Request:
    """Ask, as a page does that has just been opened, for all that waits."""
    return Request(f"{reverse('messaging:notifications')}?since=0", ("unread_message_count",))


def poll_again(_viewer: User) -> Request:
    """Ask, as an open page does again and again, when nothing is new."""
    return Request(f"{reverse('messaging:notifications')}?since={LATER}", ("[]",))


def _others_of(viewer: User) -> list[str]:
    """Return the users that a viewer writes to, latest first."""
    sql = (
        "SELECT username FROM messaging_participant p JOIN accounts_user u ON u.id = p.other_id"
        " WHERE p.user_id = %s ORDER BY p.last_message_id DESC LIMIT %s"
    )
    return [name for (name,) in fetch_rows(sql, viewer.pk, settings.POSTS_PER_PAGE)]


def conversations(viewer: User) -> Request:
    return Request(
        reverse("messaging:conversations"), tuple(f'href="/messages/{name}"' for name in _others_of(viewer))
    )


def thread(viewer: User) -> Request:
    """Ask for the longest of a viewer's conversations."""
    [(name, conversation)] = fetch_rows(
        "SELECT username, m.conversation_id FROM messaging_message m"
        " JOIN messaging_participant p ON p.conversation_id = m.conversation_id AND p.user_id = %s"
        " JOIN accounts_user u ON u.id = p.other_id"
        " GROUP BY username, m.conversation_id ORDER BY count(*) DESC LIMIT 1",
        viewer.pk,
    )
    ids = fetch_ids(
        "SELECT id FROM messaging_message WHERE conversation_id = %s ORDER BY id DESC LIMIT %s",
        *(conversation, settings.POSTS_PER_PAGE),
    )
    return Request(reverse("messaging:thread", args=[name]), tuple(f'id="message{pk}"' for pk in ids))


def new_post(viewer: User) -> Request:
    body = f"Measured by {viewer.username}, who has something to say about it."
    return Request(
        reverse("posts:home"),
        (reverse("posts:home"),),
        status=302,
        form={"body": body, "submission_key": "{key}"},
        leaves=Post.objects.filter(author=viewer, body=body).exists,
    )


def api_users(viewer: User) -> Request:
    ids = fetch_ids(
        f"SELECT id FROM accounts_user WHERE id NOT IN {KEPT_AWAY} ORDER BY id LIMIT 25",  # noqa: S608 - a constant
        *(viewer.pk, viewer.pk),
    )
    return Request("/api/users?per_page=25", posts=ids, by_token=True)


def _api_follows(viewer: User, listed: str, end: str) -> Request:
    person = _user_for(viewer)
    ids = fetch_ids(
        f"SELECT {listed}_id FROM relationships_follow WHERE {end}_id = %s AND {listed}_id NOT IN {KEPT_AWAY}"  # noqa: S608 - constants
        " ORDER BY 1 DESC LIMIT 10",
        *(person.pk, viewer.pk, viewer.pk),
    )
    return Request(
        f"/api/users/{person.pk}/{'followers' if listed == 'follower' else 'following'}", posts=ids, by_token=True
    )


def api_followers(viewer: User) -> Request:
    return _api_follows(viewer, "follower", "followed")


def api_following(viewer: User) -> Request:
    return _api_follows(viewer, "followed", "follower")


def api_home(viewer: User) -> Request:
    return Request("/api/timelines/home", posts=posts_of(home_rows(viewer, below=2**62, limit=25)), by_token=True)


def api_public(viewer: User) -> Request:
    return Request("/api/timelines/public", posts=explore_ids(viewer, below=2**62, limit=25), by_token=True)


def api_search(viewer: User) -> Request:
    query = urlencode({"q": _words_for(viewer)[0], "per_page": 25})
    return Request(f"/api/search/posts?{query}", ('"body"',), by_token=True)


PAGES = [
    Page("home", home, 180, 40),
    Page("home, deep", home_deep, 180, 40),
    *(
        Page(f"{page}, {viewer.replace('_', ' ')}", request, 180, 40, viewer)
        for viewer in FOLLOWING
        for page, request in [("home", home), ("home, deep", home_deep)]
    ),
    *(Page(f"home, {viewer.replace('_', ' ')}", home, 180, 40, viewer) for viewer in FOLLOWING_INACTIVE),
    *(
        Page(f"{page}, {viewer.replace('_', ' ')}", request, 180, 40, viewer)
        for viewer in BLOCKING
        for page, request in [("home", home), ("home, deep", home_deep), ("explore", explore), ("profile", profile)]
    ),
    Page("new posts", new_posts, 180, 40),
    Page("new posts, follows 5000", new_posts, 180, 40, "follows_5000"),
    Page("explore", explore, 180, 40),
    Page("explore, deep", explore_deep, 180, 40),
    Page("profile", profile, 250),
    Page("profile of the most followed", profile_of_most_followed, 250),
    Page("popover", popover, 500),
    Page("post", post, 180),
    Page("reposters", reposters, 180),
    Page("search, word", search_word, 60, 150),
    Page("search, two words", search_two_words, 60, 150),
    Page("search, phrase", search_phrase, 60, 150),
    Page("search, people", search_people, 60, 150),
    Page("poll", poll, 700),
    Page("poll, nothing new", poll_again, 700),
    # Read already: opening a thread with something new writes too, once.
    Page("conversations", conversations, 180),
    Page("thread", thread, 180),
    Page("API: users", api_users, 500),
    Page("API: followers", api_followers, 500),
    Page("API: following", api_following, 500),
    Page("API: home", api_home, 180),
    Page("API: public", api_public, 180),
    Page("API: search", api_search, 180),
    # Last, since it changes the data.
    Page("new post", new_post, 400),
]
