"""The posts above reported replies, as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib.auth.models import AnonymousUser

from posts.models import DeletedPost, Post

# Posts above a reply that are kept with it, the nearest ones.
EVIDENCE_POSTS = 5


def threads_above(posts: Iterable[Post]) -> dict[int, list[dict[str, str]]]:
    """
    Return, for each reply among posts, the public ones of the EVIDENCE_POSTS posts above it, the highest first.

    The number of queries does not depend on the number of replies.
    """
    parents = {post.pk: post.reply_to_id for post in posts if post.reply_to_id is not None}
    above: dict[int, int | None] = {}
    level = set(parents.values())
    for _ in range(EVIDENCE_POSTS):
        # A deleted post keeps its place.
        for model in (Post, DeletedPost) if level else ():
            above |= model._base_manager.filter(pk__in=level).values_list("pk", "reply_to_id")
        level = {parent for pk in level if (parent := above.get(pk)) is not None} - above.keys()
    public = Post.objects.visible_to(AnonymousUser()).for_timeline().in_bulk(list(above)) if above else {}

    def places(pk: int | None) -> Iterator[int]:
        for _ in range(EVIDENCE_POSTS):
            if pk is None:
                return
            yield pk
            pk = above.get(pk)

    return {
        reply: [
            {"username": public[pk].author.username, "text": public[pk].body}
            for pk in reversed(list(places(parent)))
            if pk in public
        ]
        for reply, parent in parents.items()
    }
