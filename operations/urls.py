"""URLs for monitors, operators and crawlers, the same on every site."""

from django.urls import path

from operations import views

urlpatterns = [
    *(path(name, view, name=name) for name, view in views.PROBES.items()),
    path("status", views.status, name="status"),
    path("robots.txt", views.robots_txt, name="robots_txt"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path(".well-known/change-password", views.change_password, name="change_password"),
]
