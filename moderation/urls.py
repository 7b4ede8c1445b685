"""URLs of a user's reports, and of decisions about them."""

from django.urls import path

from moderation import views

app_name = "moderation"

urlpatterns = [
    path("report/post/<int:pk>", views.report_post, name="report_post"),
    path("report/user/<str:username>", views.report_person, name="report_person"),
    path("report/message/<int:pk>", views.report_message, name="report_message"),
    path("reports", views.reports, name="reports"),
    path("reports/<int:pk>", views.report, name="report"),
    path("decisions", views.decisions, name="decisions"),
    path("decisions/<int:pk>", views.decision, name="decision"),
    path("suspended", views.suspended, name="suspended"),
]
