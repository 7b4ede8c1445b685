"""URLs of timelines, profiles and posts."""

from django.urls import path

from posts import views
from posts.reactions import views as reactions
from posts.threads import views as threads
from posts.timelines import views as timelines
from posts.translation import views as translation

app_name = "posts"

urlpatterns = [
    path("", timelines.home, name="home"),
    path("index", timelines.index, name="index"),
    path("new_posts", timelines.new_posts, name="new_posts"),
    path("explore", timelines.explore, name="explore"),
    path("user/<str:username>", timelines.profile, name="profile"),
    path("user/<str:username>/replies", timelines.profile, {"replies": True}, name="profile_with_replies"),
    path("post/<int:pk>", threads.post, name="post"),
    path("post/<int:pk>/edit", views.edit, name="edit"),
    path("post/<int:pk>/delete", views.delete, name="delete"),
    path("post/<int:pk>/language", views.language, name="language"),
    path("post/<int:pk>/translation", translation.translation, name="translation"),
    path("post/<int:pk>/like", reactions.like, name="like"),
    path("post/<int:pk>/unlike", reactions.unlike, name="unlike"),
    path("post/<int:pk>/bookmark", reactions.bookmark, name="bookmark"),
    path("post/<int:pk>/unbookmark", reactions.unbookmark, name="unbookmark"),
    path("post/<int:pk>/repost", reactions.repost, name="repost"),
    path("post/<int:pk>/unrepost", reactions.unrepost, name="unrepost"),
    path("post/<int:pk>/likes", reactions.likers, name="likers"),
    path("post/<int:pk>/reposts", reactions.reposters, name="reposters"),
    path("likes", reactions.likes, name="likes"),
    path("bookmarks", reactions.bookmarks, name="bookmarks"),
    path("translate", translation.translate, name="translate"),
]
