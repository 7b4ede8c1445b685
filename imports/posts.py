"""Posts of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imports.models import ImportedPost
from imports.reports import Outcome
from imports.runs import Importer, Row, Rows, clean, skip_ids
from imports.sources import to_time
from microblog.core.checks import POST_MAX_LENGTH_CEILING
from microblog.core.text import CODE_POINTS_PER_CHARACTER
from posts.languages import DETECTOR_VERSION, LANGUAGES, detect_language
from posts.models import Post
from posts.rendering import RENDERER_VERSION, render_body
from posts.services import mention_urls

# As the constraints of posts and of messages.
BODY_LIMIT = POST_MAX_LENGTH_CEILING * CODE_POINTS_PER_CHARACTER
TEXT_CHANGED = "text: line breaks, spaces or Unicode form"
TOO_LONG = f"the text is longer than {BODY_LIMIT} code points"


class PostImporter(Importer):
    kind = "posts"
    table = "post"

    def stages(self) -> Iterator[Rows]:
        yield self.source.rows("post", ("id", "body", "timestamp", "user_id", "language"), where=self.is_new)

    def write(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Create posts as their authors wrote them, also empty ones and those that are longer than POST_MAX_LENGTH."""
        kept = self.ids_to_keep(Post, rows)
        made = [(row[0], post) for row in rows if (post := self._to_post(row, outcome))]
        outcome.imported += len(made)
        if self.run.dry_run:
            return
        urls = mention_urls(post.body for _pk, post in made)
        for pk, post in made:
            post.pk = pk if pk in kept else None
            post.body_html = render_body(post.body, mention_urls=urls)
        Post.objects.bulk_create(post for _pk, post in made if post.pk is not None)
        if kept:
            skip_ids(Post)
        Post.objects.bulk_create(post for _pk, post in made if post.pk is None)
        ImportedPost.objects.bulk_create(
            ImportedPost(source=self.run.state, original_id=pk, post=post) for pk, post in made if post.pk != pk
        )

    def _to_post(self, row: Row, outcome: Outcome) -> Post | None:
        pk, body, timestamp, user_id, code = row
        author, since = self.run.accounts.get(user_id, (None, None))
        text, changes = clean(body), []
        if author is None:
            outcome.leave_out(pk, "its author is not there")
            return None
        if len(text) > BODY_LIMIT:
            outcome.leave_out(pk, TOO_LONG)
            return None
        if text != body:
            changes.append((TEXT_CHANGED, ""))
        created_at = to_time(timestamp)
        if created_at is None:
            changes.append(("no time: that of its author's account", str(timestamp)))
        language, version = str(code or "").lower().partition("-")[0], 0
        if language not in LANGUAGES:
            language, version = detect_language(text), DETECTOR_VERSION
        if code and language != code:
            changes.append(("language", f"{code!r} is {language!r} here"))
        outcome.change(pk, *changes)
        return Post(
            author_id=author,
            body=text,
            renderer_version=RENDERER_VERSION,
            created_at=created_at or since,
            language=language,
            detector_version=version,
        )
