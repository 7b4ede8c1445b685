"""URLs of the API of follows, blocks and mutes, below /api/."""

from django.urls import path

from relationships.api import views

urlpatterns = [
    path("users/<int:pk>/followers", views.Followers.as_view(), name="followers"),
    path("users/<int:pk>/followed", views.Followed.as_view(), name="followed"),
    path("users/<int:pk>/following", views.Following.as_view(), name="following"),
    path("users/<int:pk>/follow", views.Follows.as_view(), name="follow"),
    path("users/<int:pk>/hidden-reposts", views.HiddenReposts.as_view(), name="hidden_reposts"),
    path("users/<int:pk>/block", views.Blocks.as_view(), name="block"),
    path("users/<int:pk>/mute", views.Mutes.as_view(), name="mute"),
    path("blocks", views.Blocked.as_view(), name="blocks"),
    path("mutes", views.Muted.as_view(), name="mutes"),
]
