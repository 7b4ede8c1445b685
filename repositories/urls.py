"""URLs of repositories and of watches."""

from django.urls import path

from repositories import views

app_name = "repositories"

urlpatterns = [
    path("repositories", views.index, name="list"),
    path("repositories/watched", views.watched, name="watched"),
    # Of notifications, which a new name of the repository does not change.
    path("repositories/<int:pk>", views.by_id, name="by_id"),
    path("repositories/<str:owner>/<str:name>", views.repository, name="repository"),
    path("repositories/<str:owner>/<str:name>/watch", views.watch, name="watch"),
    path("repositories/<str:owner>/<str:name>/unwatch", views.unwatch, name="unwatch"),
    path("repositories/<str:owner>/<str:name>/fetch", views.fetch, name="fetch"),
]
