"""Addresses of the API about people and accounts, below /api/."""

from django.urls import path

from accounts.api.views import account, people, ties, tokens

urlpatterns = [
    path("users", people.Users.as_view(), name="users"),
    path("users/<int:pk>", people.OneUser.as_view(), name="user"),
    path("users/<int:pk>/followers", people.Followers.as_view(), name="followers"),
    path("users/<int:pk>/followed", people.Followed.as_view(), name="followed"),
    path("users/<int:pk>/following", people.Following.as_view(), name="following"),
    path("users/<int:pk>/follow", ties.Follows.as_view(), name="follow"),
    path("users/<int:pk>/block", ties.Blocks.as_view(), name="block"),
    path("users/<int:pk>/mute", ties.Mutes.as_view(), name="mute"),
    path("blocks", ties.Blocked.as_view(), name="blocks"),
    path("mutes", ties.Muted.as_view(), name="mutes"),
    path("account", account.Account.as_view(), name="account"),
    path("tokens", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/<int:pk>", tokens.OneToken.as_view(), name="token"),
]
