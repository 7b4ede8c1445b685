"""Addresses of the API that belong to no app, below /api/; the last takes what no other one does."""

from django.urls import path

from microblog.core.api.views import NotFound

urlpatterns = [
    path("<path:rest>", NotFound.as_view()),
]
