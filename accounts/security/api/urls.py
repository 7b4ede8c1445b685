"""URLs of tokens, below /api/."""

from django.urls import path

from accounts.security.api import views

urlpatterns = [
    path("tokens", views.Tokens.as_view(), name="tokens"),
    path("tokens/<int:pk>", views.OneToken.as_view(), name="token"),
]
