"""URLs of the API of reports, below /api/."""

from django.urls import path

from moderation.api import views

urlpatterns = [
    path("rules", views.Rules.as_view(), name="rules"),
    path("reports", views.Reports.as_view(), name="reports"),
    path("reports/<int:pk>", views.OneReport.as_view(), name="report"),
]
