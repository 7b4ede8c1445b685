"""URLs of users and accounts. allauth's views are listed one by one, under the names it reverses."""

from django.urls import include, path

from accounts.views import avatars, emails, leaving, preferences, registration

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
    path("auth/register", registration.Register.as_view(), name="account_signup"),
    path("auth/confirm_email", emails.verification_sent, name="account_email_verification_sent"),
    path("auth/confirm_email/<str:key>", emails.confirm_email, name="account_confirm_email"),
    path("auth/email", emails.email, name="account_email"),
    path("", include((accounts_patterns, "accounts"))),
    path("", include("accounts.security.urls")),
]
