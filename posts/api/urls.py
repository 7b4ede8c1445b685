"""URLs of the API of posts and timelines, below /api/."""

from django.urls import path

from posts.api import views
from posts.threads import api as threads
from posts.timelines import api as timelines

urlpatterns = [
    path("users/<int:pk>/posts", timelines.PostsOfUser.as_view(), name="posts_of_user"),
    path("posts", views.Posts.as_view(), name="posts"),
    path("posts/<int:pk>", views.OnePost.as_view(), name="post"),
    path("posts/<int:pk>/replies", threads.Replies.as_view(), name="replies"),
    path("posts/<int:pk>/ancestors", threads.Ancestors.as_view(), name="ancestors"),
    path("timelines/home", timelines.HomeTimeline.as_view(), name="home_timeline"),
    path("timelines/public", timelines.PublicTimeline.as_view(), name="public_timeline"),
]
