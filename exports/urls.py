"""URLs of exports."""

from django.urls import path

from exports import views

app_name = "exports"

urlpatterns = [
    path("export_posts", views.export_posts, name="export_posts"),
    path("settings/exports", views.exports, name="exports"),
    path("settings/exports/progress", views.progress, name="export_progress"),
    path("settings/exports/<int:pk>/cancel", views.cancel, name="cancel_export"),
    path("settings/exports/<int:pk>/download", views.download, name="download_export"),
]
