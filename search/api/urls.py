"""URLs of search in the API, below /api/."""

from django.urls import path

from search.api import views

urlpatterns = [
    path("search/posts", views.SearchPosts.as_view(), name="search_posts"),
    path("search/people", views.SearchPeople.as_view(), name="search_people"),
    path("search/blog", views.SearchBlog.as_view(), name="search_blog"),
]
