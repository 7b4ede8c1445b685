import pytest

from posts.models import Post
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


class TestEditing:
    def test_edited_post_is_marked_as_edited(self, ana_client, ana):
        post = PostFactory(author=ana, body="Draft")
        assert ana_client.get(f"/post/{post.pk}/edit").context["form"]["body"].value() == "Draft"
        response = ana_client.post(f"/post/{post.pk}/edit", {"body": "before"})
        assert response["Location"] == f"/post/{post.pk}"
        page = ana_client.get(f"/post/{post.pk}").content.decode()
        assert "before" in page
        assert "dited" in page

    def test_invalid_edit_keeps_the_post_and_the_typed_text(self, ana_client, ana):
        post = PostFactory(author=ana, body="short")
        response = ana_client.post(f"/post/{post.pk}/edit", {"body": "y" * 141})
        assert response.status_code == 200
        assert "y" * 141 in response.content.decode()
        post.refresh_from_db()
        assert post.body == "short"

    def test_own_post_is_deleted_after_confirmation(self, ana_client, ana):
        post = PostFactory(author=ana)
        assert ana_client.get(f"/post/{post.pk}/delete").status_code == 200
        assert Post.objects.exists()
        assert ana_client.post(f"/post/{post.pk}/delete")["Location"] == "/user/ana"
        assert not Post.objects.exists()
        assert ana_client.post(f"/post/{post.pk}/delete").status_code == 404

    @pytest.mark.parametrize("action", ["edit", "delete"])
    def test_post_of_another_user_is_not_found(self, ana_client, action):
        post = PostFactory(body="mine")
        for method in (ana_client.get, ana_client.post):
            assert method(f"/post/{post.pk}/{action}", {"body": "yours"}).status_code == 404
        post.refresh_from_db()
        assert post.body == "mine"
