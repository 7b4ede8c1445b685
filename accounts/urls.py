"""URLs of users and accounts. allauth's views are listed one by one, under the names it reverses."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts.views import avatars, entrance, leaving, preferences, recovery

accounts_patterns = [
    path("edit_profile", preferences.edit_profile, name="edit_profile"),
    path("settings/preferences", preferences.preferences, name="preferences"),
    path("settings/leave", leaving.leave, name="leave"),
    path("come_back", leaving.come_back, name="come_back"),
    path("theme", preferences.theme, name="theme"),
    path("language", preferences.language, name="language"),
    path("avatar/<int:pk>.svg", avatars.avatar, name="avatar"),
]

urlpatterns = [
    path("auth/login", allauth_views.login, name="account_login"),
    path("auth/logout", allauth_views.logout, name="account_logout"),
    path("auth/register", entrance.Register.as_view(), name="account_signup"),
    path("auth/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("auth/confirm_email", recovery.verification_sent, name="account_email_verification_sent"),
    path("auth/confirm_email/<str:key>", recovery.confirm_email, name="account_confirm_email"),
    path("auth/reset_password_request", recovery.reset_password_request, name="account_reset_password"),
    path("auth/reset_password/<str:key>", recovery.reset_password, name="account_reset_password_from_key"),
    path("auth/email", recovery.email, name="account_email"),
    path("auth/change_password", recovery.change_password, name="account_change_password"),
    path("auth/reauthenticate", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("", include((accounts_patterns, "accounts"))),
    path("", include("accounts.security.urls")),
]
