import pytest
from django.db import connection

from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.reactions.services import like_post
from posts.reading import prepare_posts
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("least", "most"), [(1, 1), (3, 4), (5, 8), (17, 25)])
def test_pages_of_similar_length_share_one_query(least, most):
    reader = UserFactory()
    posts = PostFactory.create_batch(most - 1)
    posts.append(PostFactory(reply_to=posts[0].pk) if posts else PostFactory())
    like_post(posts[-1], actor=reader)
    queries = set()

    def watch(execute, sql, *arguments):
        queries.add(sql)
        return execute(sql, *arguments)

    for count in (least, most):
        page = list(Post.objects.order_by("-pk").for_timeline()[:count])
        with connection.execute_wrapper(watch):
            prepare_posts(page, reader=reader)
        assert [post.is_liked for post in page] == [True] + [False] * (count - 1)
        assert page[0].addressee_name == (posts[0].author.username if most > 1 else None)
    assert len(queries) == 1
