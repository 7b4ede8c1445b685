"""Addresses of people and accounts. allauth's views are listed one by one, under the names it reverses."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import views

accounts_patterns = [
    path("user/<str:username>/popup", views.popup, name="popup"),
    path("user/<str:username>/followers", views.followers, name="followers"),
    path("user/<str:username>/following", views.following, name="following"),
    path("follow/<str:username>", views.follow, name="follow"),
    path("unfollow/<str:username>", views.unfollow, name="unfollow"),
    path("edit_profile", views.edit_profile, name="edit_profile"),
    path("settings/preferences", views.preferences, name="preferences"),
    path("theme", views.theme, name="theme"),
    path("avatar/<int:pk>.svg", views.avatar, name="avatar"),
]

urlpatterns = [
    path("auth/login", allauth_views.login, name="account_login"),
    path("auth/logout", allauth_views.logout, name="account_logout"),
    path("auth/register", views.Register.as_view(), name="account_signup"),
    path("auth/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("", include((accounts_patterns, "accounts"))),
]
