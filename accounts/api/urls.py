"""URLs of the API of users and accounts, below /api/."""

from django.urls import path

from accounts.api.views import account, people

urlpatterns = [
    path("users", people.Users.as_view(), name="users"),
    path("users/<int:pk>", people.OneUser.as_view(), name="user"),
    path("account", account.Account.as_view(), name="account"),
]
