"""URLs of the API itself, below /api/; the last one matches every unknown URL."""

from django.urls import path, re_path

from api.views import Description, Instance, NotFound

urlpatterns = [
    path("instance", Instance.as_view(), name="instance"),
    path("schema", Description.as_view(), name="schema"),
    # Line breaks too, which a path converter does not match.
    re_path(r"[\s\S]+", NotFound.as_view()),
]
