"""Addresses of the API about posts and timelines, below /api/."""

from django.urls import path

from posts.api import views

urlpatterns = [
    path("users/<int:pk>/posts", views.PostsOfUser.as_view(), name="posts_of_user"),
    path("posts", views.Posts.as_view(), name="posts"),
    path("posts/<int:pk>", views.OnePost.as_view(), name="post"),
    path("timelines/home", views.HomeTimeline.as_view(), name="home_timeline"),
    path("timelines/public", views.PublicTimeline.as_view(), name="public_timeline"),
    path("exports", views.Exports.as_view(), name="exports"),
    path("exports/<int:pk>", views.OneExport.as_view(), name="export"),
    path("exports/<int:pk>/archive", views.Archive.as_view(), name="archive"),
]
