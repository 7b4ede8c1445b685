"""Search documents: for each indexed model, the searched fields and the rows that are public."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django_elasticsearch_dsl import Document, fields
from django_elasticsearch_dsl.registries import registry

from accounts.models import User
from posts.models import Post
from posts.rendering import find_tags
from search.models import PersonEntry, PostEntry, SearchEntry
from search.text import tag_facet, tokenize

# Increase it when the document of an unchanged row changes, for example its tokens: a job then repairs all indexes.
DOCUMENTS_VERSION = 1


def _tokens() -> fields.TextField:
    return fields.TextField(analyzer="whitespace")


class Searchable(Document):
    """
    Base of all documents. Every field except `id` holds space-separated tokens, the same for every engine.

    `facets` are tokens outside the text. A subclass defines its kind, the model of its entries, the model fields that
    it reads (`watched`) and the boost of each field. It is registered and has a receiver in search.receivers.
    """

    kind = ""
    entries = SearchEntry
    watched = frozenset[str]()
    weights = ("",)

    id = fields.LongField()
    facets = fields.TextField(analyzer="whitespace", norms=False, index_options="docs")

    @classmethod
    def facet_of(cls, user_pk: int) -> str:
        """Return the facet of a user's rows; no word is a prefix of it."""
        raise NotImplementedError

    @classmethod
    def public(cls) -> QuerySet[Any]:
        """Return the rows to index, those visible to every user, with the fields that the document reads."""
        raise NotImplementedError

    @classmethod
    def is_public(cls, row: Any) -> bool:
        """Return whether a loaded row is in public()."""
        return cls.public().filter(pk=row.pk).exists()

    @classmethod
    def of(cls, row: Model) -> dict[str, Any]:
        """Return the document of a row."""
        return _instance(cls).prepare(row)

    def prepare_facets(self, _row: Any) -> str:
        return ""


@cache
def _instance(document: type[Searchable]) -> Searchable:
    return document()


@registry.register_document
class PostDocument(Searchable):
    """Posts, found by their words, #tags and author."""

    kind = "posts"
    entries = PostEntry
    watched = frozenset({"body", "author", "author_id", "hidden_at"})
    weights = ("body",)

    body = _tokens()

    class Index:
        name = f"{settings.ELASTICSEARCH_PREFIX}-posts"

    class Django:
        model = Post

    @classmethod
    def facet_of(cls, user_pk: int) -> str:
        return f"from:{user_pk}"

    @classmethod
    def public(cls) -> QuerySet[Any]:
        return Post.objects.visible_to(AnonymousUser()).only("body", "author")

    @classmethod
    def is_public(cls, row: Post) -> bool:
        # As in public(), without a query: it runs for every new post.
        return row.hidden_at is None and row.author.suspended_at is None and row.author.deactivated_at is None

    def prepare_body(self, post: Post) -> str:
        return tokenize(post.body)

    def prepare_facets(self, post: Post) -> str:
        tags = {tag_facet(tag) for tag in find_tags(post.body)}
        return " ".join([self.facet_of(post.author_id), *sorted(tags)])


@registry.register_document
class PersonDocument(Searchable):
    """People, found by their username, which is boosted, and by their about me."""

    kind = "people"
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
    def public(cls) -> QuerySet[Any]:
        return User.objects.visible_to(AnonymousUser()).only("username", "about_me")

    def prepare_username(self, person: User) -> str:
        return tokenize(person.username)

    def prepare_about(self, person: User) -> str:
        return tokenize(person.about_me)

    def prepare_facets(self, person: User) -> str:
        return self.facet_of(person.pk)


DOCUMENTS: dict[str, type[Searchable]] = {document.kind: document for document in (PostDocument, PersonDocument)}
