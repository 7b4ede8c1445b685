"""URLs of the API of exports, below /api/."""

from django.urls import path

from exports.api import views

urlpatterns = [
    path("exports", views.Exports.as_view(), name="exports"),
    path("exports/<int:pk>", views.OneExport.as_view(), name="export"),
    path("exports/<int:pk>/archive", views.Archive.as_view(), name="archive"),
]
