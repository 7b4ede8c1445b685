import pytest

from posts.models import Post
from posts.services import delete_post, hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


def test_reply_is_written_with_its_parent_and_addressee(as_ana, ana, bob):
    post = PostFactory(author=bob)
    reply = send(as_ana, "POST", "/api/posts", {"body": "I agree", "reply_to": post.pk}).json()
    assert (reply["reply_to"], reply["addressee"]) == (post.pk, {"id": bob.pk, "username": "bob"})
    shown = as_ana.get(f"/api/posts/{post.pk}").json()
    assert (shown["reply_to"], shown["addressee"], shown["reply_count"]) == (None, None, 1)


@pytest.mark.parametrize("parent", ["hidden", "deleted", 0, 2**62])
def test_reply_to_a_missing_post_is_refused(as_ana, ana, mod, parent):
    post = PostFactory()
    if parent == "hidden":
        hide_post(post, actor=mod, reason="spam")
    elif parent == "deleted":
        delete_post(post)
    response = send(
        as_ana, "POST", "/api/posts", {"body": "x", "reply_to": post.pk if isinstance(parent, str) else parent}
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/reply_to"
    assert not ana.posts.exists()


def test_addressee_that_the_caller_may_not_see_is_not_named(as_ana, ana, bob):
    reply = PostFactory(reply_to=PostFactory(author=bob).pk)
    block_user(ana, actor=bob)
    shown = as_ana.get(f"/api/posts/{reply.pk}")
    assert shown.json()["addressee"] is None
    assert "bob" not in shown.content.decode()


def test_new_reply_does_not_refuse_an_edit_but_a_change_does(as_ana, ana):
    path = f"/api/posts/{PostFactory(author=ana).pk}"
    etag = as_ana.get(path)["ETag"]
    PostFactory(reply_to=int(path.rpartition("/")[2]))
    counted = as_ana.get(path, headers={"If-None-Match": etag})
    assert (counted.status_code, counted.json()["reply_count"]) == (200, 1)
    assert send(as_ana, "PUT", path, {"body": "Edited"}, If_Match=etag).status_code == 200
    assert send(as_ana, "PUT", path, {"body": "Again"}, If_Match=etag).status_code == 412


def test_replies_are_listed_newest_first_also_of_a_deleted_post(as_ana):
    post = PostFactory()
    replies = [PostFactory(reply_to=post.pk).pk for _ in range(3)]
    PostFactory(reply_to=replies[0])
    path = f"/api/posts/{post.pk}/replies"
    assert item_ids(as_ana.get(path)) == replies[::-1]
    assert item_ids(as_ana.get(as_ana.get(f"{path}?limit=2").json()["_links"]["next"])) == replies[:1]
    delete_post(post)
    assert item_ids(as_ana.get(path)) == replies[::-1]
    Post.objects.all().delete()
    assert as_ana.get(path).status_code == 404
    assert as_ana.get(f"/api/posts/{10**30}/replies").status_code == 404


def test_ancestors_are_listed_nearest_first_with_gaps(as_ana, bob, mod):
    start = PostFactory()
    hidden = PostFactory(reply_to=start.pk)
    deleted = PostFactory(reply_to=hidden.pk)
    reply = PostFactory(author=bob, reply_to=deleted.pk)
    hide_post(hidden, actor=mod, reason="spam")
    delete_post(deleted)
    items = as_ana.get(f"/api/posts/{reply.pk}/ancestors").json()["items"]
    assert [(item["id"], item["is_deleted"], item["post"] and item["post"]["id"]) for item in items] == [
        (deleted.pk, True, None),
        (hidden.pk, False, None),
        (start.pk, False, start.pk),
    ]
    assert item_ids(as_ana.get(f"/api/posts/{deleted.pk}/ancestors")) == [hidden.pk, start.pk]
    assert as_ana.get(f"/api/posts/{start.pk}/ancestors").json() == {"items": []}
    assert as_ana.get(f"/api/posts/{10**30}/ancestors").status_code == 404
    delete_post(reply)
    assert as_ana.get(f"/api/posts/{deleted.pk}/ancestors").status_code == 404


def test_posts_of_a_user_are_listed_with_or_without_replies(as_ana, bob):
    posts = [PostFactory(author=bob).pk for _ in range(2)]
    reply = PostFactory(author=bob, reply_to=PostFactory().pk).pk
    path = f"/api/users/{bob.pk}/posts"
    assert item_ids(as_ana.get(path)) == [reply, *posts[::-1]]
    assert as_ana.get(f"{path}?replies=null").status_code == 400
    page = as_ana.get(f"{path}?replies=false&limit=1")
    assert item_ids(page) == posts[1:]
    assert item_ids(as_ana.get(page.json()["_links"]["next"])) == posts[:1]
