"""URLs of a user's reports, and of decisions about them."""

from django.urls import path

from moderation import views
from moderation.models import Case

app_name = "moderation"

urlpatterns = [
    path("report/user/<str:username>", views.report_person, name="report_person"),
    *(
        path(f"report/{kind}/<int:pk>", views.report_content, {"kind": kind}, name=f"report_{kind}")
        for kind in Case.Kind
        if kind != Case.Kind.PERSON
    ),
    path("reports", views.reports, name="reports"),
    path("reports/<int:pk>", views.report, name="report"),
    path("decisions", views.decisions, name="decisions"),
    path("decisions/<int:pk>", views.decision, name="decision"),
    path("suspended", views.suspended, name="suspended"),
]
