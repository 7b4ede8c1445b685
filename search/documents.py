"""Search documents: for each kind, its models, the searched fields and the rows that are public."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django_elasticsearch_dsl import Document, fields
from django_elasticsearch_dsl.registries import registry

from accounts.models import User
from blog.models import Entry, Publication, Snippet
from blog.querysets import to_position, to_time
from blog.rendering import html_to_text
from microblog.core.pagination import LARGEST_ID
from posts.models import Post
from posts.rendering import find_tags
from search.models import PersonEntry, PostEntry, PublicationEntry, SearchEntry
from search.text import IS_REPLY, tag_facet, tokenize, tokenize_beginning

# Increase it when the document of an unchanged row changes, for example its tokens: a job then repairs all indexes.
DOCUMENTS_VERSION = 3

# Returns rows of a model.
Rows = Callable[[type[Model]], QuerySet[Any]]


def _tokens() -> fields.TextField:
    return fields.TextField(analyzer="whitespace")


class Searchable(Document):
    """
    Base of all documents. Every field except `id` holds space-separated tokens, the same for every engine.

    `facets` are tokens outside the text. A subclass defines its kind, its models, the model of its entries, the model
    fields that it reads (`watched`) and the boost of each field. It is registered and has a receiver in
    search.receivers.

    The id of a document is the key of its row; with several models, times their number plus the place of its model.
    """

    kind = ""
    models = tuple[type[Model], ...]()
    entries = SearchEntry
    watched = frozenset[str]()
    weights = ("",)
    # The field by which hits are ordered where relevance is unknown, and how many rows are read or written at once.
    key = "pk"
    batch = 2_000

    id = fields.LongField()
    facets = fields.TextField(analyzer="whitespace", norms=False, index_options="docs")

    @classmethod
    def facet_of(cls, user_pk: int) -> str:
        """Return the facet of a user's rows; no word is a prefix of it."""
        return f"from:{user_pk}"

    @classmethod
    def public(cls, model: type[Model]) -> QuerySet[Any]:
        """Return the rows to index, those visible to every user, with the fields that the document reads."""
        raise NotImplementedError

    @classmethod
    def is_public(cls, row: Any) -> bool:
        """Return whether a loaded row is in public()."""
        return cls.public(type(row)).filter(pk=row.pk).exists()

    @classmethod
    def of(cls, row: Model) -> dict[str, Any]:
        """Return the document of a row."""
        return _instance(cls).prepare(row)

    # --- Ids ---

    @classmethod
    def id_of(cls, row: Model) -> int | None:
        """Return the id of a row's document, or None if the row has no key and was never public."""
        key = getattr(row, cls.key)
        return None if key is None else len(cls.models) * cls.to_number(key) + cls.models.index(type(row))

    @classmethod
    def to_number(cls, key: Any) -> int:
        return int(key)

    @classmethod
    def to_key(cls, number: int) -> Any:
        return number

    @classmethod
    def with_ids(cls, ids: Iterable[int], rows: Rows | None = None) -> dict[int, Any]:
        """Return those of the rows, by default of the public ones, whose documents have these ids, by id."""
        rows, count, found = rows or cls.public, len(cls.models), {}
        for place, model in enumerate(cls.models):
            keys = [cls.to_key(pk // count) for pk in ids if pk % count == place]
            if keys:
                found |= {cls._id(row): row for row in rows(model).filter(**{f"{cls.key}__in": keys})}
        return found

    @classmethod
    def between(
        cls, after: int, upto: int = LARGEST_ID, *, limit: int | None = None, rows: Rows | None = None
    ) -> dict[int, Any]:
        """Return the first of the rows, by default of the public ones, with ids in (after, upto], in their order."""
        rows, count, found = rows or cls.public, len(cls.models), []
        for place, model in enumerate(cls.models):
            first, last = cls.to_key((after - place) // count + 1), cls.to_key((upto - place) // count)
            between = rows(model).filter(**{f"{cls.key}__gte": first, f"{cls.key}__lte": last})
            found += [(cls._id(row), row) for row in between.order_by(cls.key)[:limit]]
        return dict(sorted(found, key=itemgetter(0))[:limit])

    @classmethod
    def _id(cls, row: Model) -> int:
        found = cls.id_of(row)
        assert found is not None  # noqa: S101 - it was found by its key
        return found

    def prepare_id(self, row: Any) -> int | None:
        return self.id_of(row)

    def prepare_facets(self, _row: Any) -> str:
        return ""


class AuthoredDocument(Searchable):
    """Base of documents of texts with an author, found by `from:`, which are public while their author is."""

    @classmethod
    def unhidden(cls, model: type[Model]) -> QuerySet[Any]:
        """Return the rows that are public whenever their author is, with their keys."""
        return model._default_manager.filter(hidden_at=None).only(cls.key)

    @classmethod
    def is_public(cls, row: Any) -> bool:
        # As in public(), without a query: it runs for every new text.
        return row.hidden_at is None and row.author.suspended_at is None and row.author.deactivated_at is None


@cache
def _instance(document: type[Searchable]) -> Searchable:
    return document()


@registry.register_document
class PostDocument(AuthoredDocument):
    """Posts, found by their words, #tags and author, and whether they are replies."""

    kind = "posts"
    models = (Post,)
    entries = PostEntry
    watched = frozenset({"body", "author", "author_id", "hidden_at"})
    weights = ("body",)

    body = _tokens()

    class Index:
        name = f"{settings.ELASTICSEARCH_PREFIX}-posts"

    class Django:
        model = Post

    @classmethod
    def public(cls, _model: type[Model]) -> QuerySet[Any]:
        return Post.objects.visible_to(AnonymousUser()).only("body", "author", "reply_to", "repost_of")

    @classmethod
    def unhidden(cls, model: type[Model]) -> QuerySet[Any]:
        return super().unhidden(model).filter(repost_of=None).only("repost_of")

    @classmethod
    def id_of(cls, row: Any) -> int | None:
        # Reposts have no text of their own.
        return super().id_of(row) if row.repost_of_id is None else None

    def prepare_body(self, post: Post) -> str:
        return tokenize(post.body)

    def prepare_facets(self, post: Post) -> str:
        facets = {tag_facet(tag) for tag in find_tags(post.body)}
        if post.reply_to_id is not None:
            facets.add(IS_REPLY)
        return " ".join([self.facet_of(post.author_id), *sorted(facets)])


@registry.register_document
class PersonDocument(Searchable):
    """People, found by their username, which is boosted, and by their about me."""

    kind = "people"
    models = (User,)
    entries = PersonEntry
    watched = frozenset({"username", "about_me", "suspended_at", "deactivated_at"})
    weights = ("username^3", "about")

    username = _tokens()
    about = _tokens()

    class Index:
        name = f"{settings.ELASTICSEARCH_PREFIX}-people"

    class Django:
        model = User

    @classmethod
    def facet_of(cls, user_pk: int) -> str:
        return f"#{user_pk}"

    @classmethod
    def public(cls, _model: type[Model]) -> QuerySet[Any]:
        return User.objects.visible_to(AnonymousUser()).only("username", "about_me")

    def prepare_username(self, person: User) -> str:
        return tokenize(person.username)

    def prepare_about(self, person: User) -> str:
        return tokenize(person.about_me)

    def prepare_facets(self, person: User) -> str:
        return self.facet_of(person.pk)


@registry.register_document
class PublicationDocument(AuthoredDocument):
    """
    Entries and snippets, found by their title, text, author, and tags or language of code.

    Ids are times of publication, so that the database lists both in the order of the blog.
    """

    kind = "blog"
    models = (Entry, Snippet)
    entries = PublicationEntry
    # Tags have their own receiver.
    watched = frozenset({"title", "body", "body_html", "lexer_name", "author", "author_id", "status", "hidden_at"})
    weights = ("title^3", "labels^2", "body")
    key = "published_at"
    # Their texts are long.
    batch = 50

    title = _tokens()
    labels = _tokens()
    body = _tokens()

    class Index:
        name = f"{settings.ELASTICSEARCH_PREFIX}-blog"

    class Django:
        # The library knows a single model; it only reads the names of fields from it.
        model = Entry

    @classmethod
    def public(cls, model: type[Model]) -> QuerySet[Any]:
        rows = model._default_manager.visible_to(AnonymousUser())  # type: ignore[attr-defined]
        if model is Entry:
            return rows.only("title", "body_html", "author", "published_at").prefetch_related("tags")
        return rows.only("title", "body", "author", "published_at", "lexer_name")

    @classmethod
    def unhidden(cls, model: type[Model]) -> QuerySet[Any]:
        return super().unhidden(model).published()  # type: ignore[attr-defined,no-any-return]

    @classmethod
    def is_public(cls, row: Publication) -> bool:
        return not row.is_draft and super().is_public(row)

    @classmethod
    def ids_of(cls, model: type[Model], pks: Iterable[int]) -> list[int]:
        """Return the ids of the documents of rows with these primary keys."""
        rows = model._default_manager.filter(pk__in=pks, published_at__isnull=False).only("published_at")
        return [cls._id(row) for row in rows]

    @classmethod
    def to_number(cls, key: Any) -> int:
        return to_position(key)

    @classmethod
    def to_key(cls, number: int) -> Any:
        return to_time(number)

    def prepare_title(self, row: Publication) -> str:
        return tokenize(row.title)

    def prepare_labels(self, row: Publication) -> str:
        return tokenize(row.lexer_name if isinstance(row, Snippet) else " ".join(_tags_of(row)))

    def prepare_body(self, row: Publication) -> str:
        return tokenize_beginning(row.body if isinstance(row, Snippet) else html_to_text(row.body_html))

    def prepare_facets(self, row: Publication) -> str:
        return " ".join([self.facet_of(row.author_id), *sorted({tag_facet(tag) for tag in _tags_of(row)})])


def _tags_of(row: Publication) -> list[str]:
    return sorted(tag.slug for tag in row.tags.all()) if isinstance(row, Entry) else []


DOCUMENTS: dict[str, type[Searchable]] = {
    document.kind: document for document in (PostDocument, PersonDocument, PublicationDocument)
}
AUTHORED: tuple[type[AuthoredDocument], ...] = (PostDocument, PublicationDocument)
