"""All URLs of the site."""

from django.contrib import admin
from django.urls import include, path

from accounts.api.urls import urlpatterns as accounts_api
from accounts.security.api.urls import urlpatterns as security_api
from api.docs import docs
from api.urls import urlpatterns as core_api
from blog.api.urls import urlpatterns as blog_api
from exports.api.urls import urlpatterns as exports_api
from messaging.api.urls import urlpatterns as messaging_api
from microblog.core import views
from moderation.api.urls import urlpatterns as moderation_api
from posts.api.urls import urlpatterns as posts_api
from relationships.api.urls import urlpatterns as relationships_api
from repositories.api.urls import urlpatterns as repositories_api
from search.api.urls import urlpatterns as search_api

handler404 = "microblog.core.views.not_found"
handler500 = "microblog.core.views.server_error"

# The last one matches every unknown URL of the API.
api_patterns = [
    *accounts_api,
    *security_api,
    *relationships_api,
    *messaging_api,
    *posts_api,
    *blog_api,
    *repositories_api,
    *exports_api,
    *search_api,
    *moderation_api,
    *core_api,
]

# Tried in this order, so the pages that are requested most are first.
urlpatterns = [
    path("api/docs", docs, name="api_docs"),
    path("api/", include((api_patterns, "api"))),
    path("", include("messaging.urls")),
    path("", include("posts.urls")),
    path("", include("relationships.urls")),
    path("about", views.about, name="about"),
    path("admin/", admin.site.urls),
    path("", include("operations.urls")),
    path("", include("accounts.urls")),
    path("", include("moderation.urls")),
    path("", include("blog.urls")),
    path("", include("repositories.urls")),
    path("", include("exports.urls")),
    path("", include("search.urls")),
]
