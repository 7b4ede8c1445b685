"""Addresses of people and accounts. allauth's views are listed one by one, under the names it reverses."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts.views import entrance, leaving, people, preferences

accounts_patterns = [
    path("user/<str:username>/popup", people.popup, name="popup"),
    path("user/<str:username>/followers", people.followers, name="followers"),
    path("user/<str:username>/following", people.following, name="following"),
    path("follow/<str:username>", people.follow, name="follow"),
    path("unfollow/<str:username>", people.unfollow, name="unfollow"),
    path("edit_profile", preferences.edit_profile, name="edit_profile"),
    path("settings/preferences", preferences.preferences, name="preferences"),
    path("settings/leave", leaving.leave, name="leave"),
    path("come_back", leaving.come_back, name="come_back"),
    path("theme", preferences.theme, name="theme"),
    path("avatar/<int:pk>.svg", people.avatar, name="avatar"),
]

urlpatterns = [
    path("auth/login", allauth_views.login, name="account_login"),
    path("auth/logout", allauth_views.logout, name="account_logout"),
    path("auth/register", entrance.Register.as_view(), name="account_signup"),
    path("auth/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("", include((accounts_patterns, "accounts"))),
]
