"""URLs of the API of posts and timelines, below /api/."""

from django.urls import path

from posts.api import views
from posts.reactions import api as reactions
from posts.threads import api as threads
from posts.timelines import api as timelines

urlpatterns = [
    path("users/<int:pk>/posts", timelines.PostsOfUser.as_view(), name="posts_of_user"),
    path("posts", views.Posts.as_view(), name="posts"),
    path("posts/<int:pk>", views.OnePost.as_view(), name="post"),
    path("posts/<int:pk>/replies", threads.Replies.as_view(), name="replies"),
    path("posts/<int:pk>/ancestors", threads.Ancestors.as_view(), name="ancestors"),
    path("posts/<int:pk>/like", reactions.LikeOfPost.as_view(), name="like"),
    path("posts/<int:pk>/repost", reactions.RepostOfPost.as_view(), name="repost"),
    path("posts/<int:pk>/bookmark", reactions.BookmarkOfPost.as_view(), name="bookmark"),
    path("posts/<int:pk>/likers", reactions.Likers.as_view(), name="likers"),
    path("posts/<int:pk>/reposters", reactions.Reposters.as_view(), name="reposters"),
    path("likes", reactions.Likes.as_view(), name="likes"),
    path("bookmarks", reactions.Bookmarks.as_view(), name="bookmarks"),
    path("timelines/home", timelines.HomeTimeline.as_view(), name="home_timeline"),
    path("timelines/public", timelines.PublicTimeline.as_view(), name="public_timeline"),
]
