"""URLs of the API of repositories, below /api/."""

from django.urls import path

from repositories.api import views

urlpatterns = [
    path("repositories", views.Repositories.as_view(), name="repositories"),
    path("repositories/<int:pk>", views.OneRepository.as_view(), name="repository"),
    path("repositories/<int:pk>/issues", views.Issues.as_view(), name="issues"),
    path("repositories/<int:pk>/watch", views.Watches.as_view(), name="watch"),
]
