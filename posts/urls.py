"""Addresses of timelines, profiles and posts."""

from django.urls import path

from posts.views import exports
from posts.views import posts as views

app_name = "posts"

urlpatterns = [
    path("", views.home, name="home"),
    path("index", views.index, name="index"),
    path("new_posts", views.new_posts, name="new_posts"),
    path("explore", views.explore, name="explore"),
    path("user/<str:username>", views.profile, name="profile"),
    path("post/<int:pk>", views.post, name="post"),
    path("post/<int:pk>/edit", views.edit, name="edit"),
    path("post/<int:pk>/delete", views.delete, name="delete"),
    path("post/<int:pk>/language", views.language, name="language"),
    path("post/<int:pk>/translation", views.translation, name="translation"),
    path("translate", views.translate, name="translate"),
    path("export_posts", exports.export_posts, name="export_posts"),
    path("settings/exports", exports.exports, name="exports"),
    path("settings/exports/progress", exports.progress, name="export_progress"),
    path("settings/exports/<int:pk>/cancel", exports.cancel, name="cancel_export"),
    path("settings/exports/<int:pk>/download", exports.download, name="download_export"),
]
