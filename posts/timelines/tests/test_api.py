"""Timelines in the API."""

import pytest

from posts.tests.factories import PostFactory
from tests.helpers.clients import item_ids

pytestmark = pytest.mark.django_db


class TestTimelines:
    def test_mute_empties_timelines_only(self, as_ana, bob):
        post = PostFactory(author=bob)
        assert as_ana.put(f"/api/users/{bob.pk}/mute").status_code == 204
        assert item_ids(as_ana.get("/api/timelines/public")) == []
        assert item_ids(as_ana.get(f"/api/users/{bob.pk}/posts")) == [post.pk]
        assert item_ids(as_ana.get("/api/mutes")) == [bob.pk]
        assert as_ana.delete(f"/api/users/{bob.pk}/mute").status_code == 204
        assert item_ids(as_ana.get("/api/timelines/public")) == [post.pk]
