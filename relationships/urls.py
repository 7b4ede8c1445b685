"""URLs of follows, blocks and mutes, and of lists of people."""

from django.urls import path

from relationships.views import blocks, people

app_name = "relationships"

urlpatterns = [
    path("user/<str:username>/popup", people.popup, name="popup"),
    path("user/<str:username>/followers", people.followers, name="followers"),
    path("user/<str:username>/following", people.following, name="following"),
    path("follow/<str:username>", people.follow, name="follow"),
    path("unfollow/<str:username>", people.unfollow, name="unfollow"),
    path("hide_reposts/<str:username>", people.hide_reposts, name="hide_reposts"),
    path("show_reposts/<str:username>", people.show_reposts, name="show_reposts"),
    path("block/<str:username>", blocks.block, name="block"),
    path("unblock/<str:username>", blocks.unblock, name="unblock"),
    path("mute/<str:username>", blocks.mute, name="mute"),
    path("unmute/<str:username>", blocks.unmute, name="unmute"),
    path("settings/blocked", blocks.blocked, name="blocked"),
    path("settings/muted", blocks.muted, name="muted"),
]
