"""URLs of sign-in and security. allauth's views are listed one by one, under the names it reverses."""

from allauth.account import views as allauth_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import include, path
from django.views.decorators.cache import never_cache

from accounts.security.challenges import bind_challenge
from accounts.security.views import overview, passkeys, passwords, tokens

security_patterns = [
    path("settings/security", overview.overview, name="overview"),
    path("settings/security/log", overview.log, name="log"),
    path("settings/security/sessions/end", overview.end_other_sessions, name="end_other_sessions"),
    path("settings/security/sessions/<int:pk>/end", overview.end_one_session, name="end_session"),
    path("settings/tokens", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke", tokens.revoke, name="revoke_token"),
]

urlpatterns = [
    path("auth/login", allauth_views.login, name="account_login"),
    path("auth/logout", allauth_views.logout, name="account_logout"),
    path("auth/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("auth/reset_password_request", passwords.reset_password_request, name="account_reset_password"),
    path("auth/reset_password/<str:key>", passwords.reset_password, name="account_reset_password_from_key"),
    path("auth/change_password", passwords.change_password, name="account_change_password"),
    path("auth/reauthenticate", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("auth/second_factor", bind_challenge(mfa_views.authenticate), name="mfa_authenticate"),
    path("auth/second_factor/reauthenticate", mfa_views.reauthenticate, name="mfa_reauthenticate"),
    path("auth/totp/activate", never_cache(totp_views.activate_totp), name="mfa_activate_totp"),
    path("auth/totp/deactivate", totp_views.deactivate_totp, name="mfa_deactivate_totp"),
    path("auth/recovery_codes", never_cache(codes_views.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("auth/recovery_codes/generate", codes_views.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("auth/passkeys/login", bind_challenge(passkeys.PasskeySignIn.as_view()), name="mfa_login_webauthn"),
    path(
        "auth/passkeys/reauthenticate",
        bind_challenge(passkeys.PasskeyReauthentication.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path("auth/passkeys/add", bind_challenge(passkey_views.add_webauthn), name="mfa_add_webauthn"),
    path("auth/passkeys/<int:pk>/edit", passkey_views.edit_webauthn, name="mfa_edit_webauthn"),
    path("auth/passkeys/<int:pk>/remove", passkey_views.remove_webauthn, name="mfa_remove_webauthn"),
    # allauth redirects to these names after a change of a factor.
    path("settings/security", overview.overview, name="mfa_index"),
    path("settings/security", overview.overview, name="mfa_list_webauthn"),
    path("", include((security_patterns, "security"))),
]
