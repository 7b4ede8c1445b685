"""What a page of posts needs to know for its reader, in addition to the rows."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from posts.models import Post


def prepare_posts(posts: Iterable[Post], *, reader: User) -> None:
    """
    Set on each post what the page shows to its reader: `addressee_name`.

    One query for all posts, and none if no post has an addressee.
    """
    posts = list(posts)
    addressees = {post.addressee_id for post in posts} - {None}
    names: dict[int | None, str] = {}
    if addressees:
        names.update(User.objects.visible_to(reader).filter(pk__in=addressees).values_list("pk", "username"))
    for post in posts:
        post.addressee_name = names.get(post.addressee_id)
