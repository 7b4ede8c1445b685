from collections import Counter

import pytest
from django.core.management import call_command
from django.utils import timezone

from blog.models import BODY_MAX_LENGTH, Entry, Snippet

pytestmark = pytest.mark.django_db


def test_demo_writes_entries_and_snippets_of_its_people():
    call_command("demo", users=12, posts=0, verbosity=0)
    entries, snippets = list(Entry.objects.newest_first()), list(Snippet.objects.newest_first())
    assert len(entries) + len(snippets) >= 12
    assert Counter(entry.language for entry in entries) >= Counter(["en", "en", "es", "ar", "zh"])
    assert len({row.author for row in entries}) > 4 and len({row.author for row in snippets}) > 2
    for row in [*entries, *snippets]:
        assert row.published_at < timezone.now()
        assert row.author.created_at < row.published_at
        assert len(row.body) < BODY_MAX_LENGTH and row.summary


def test_small_demo_has_the_texts_of_its_people_only():
    call_command("demo", users=1, posts=0, verbosity=0)
    assert {row.author.username for row in Entry.objects.all()} == {"susan"}
