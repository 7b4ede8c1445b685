"""URLs of the API of entries and snippets, below /api/."""

from django.urls import path

from blog.api import views

urlpatterns = [
    path("users/<int:pk>/entries", views.EntriesOfUser.as_view(), name="entries_of_user"),
    path("users/<int:pk>/snippets", views.SnippetsOfUser.as_view(), name="snippets_of_user"),
    path("entries", views.Entries.as_view(), name="entries"),
    path("entries/drafts", views.EntryDrafts.as_view(), name="entry_drafts"),
    path("entries/<int:pk>", views.OneEntry.as_view(), name="entry"),
    path("snippets", views.Snippets.as_view(), name="snippets"),
    path("snippets/drafts", views.SnippetDrafts.as_view(), name="snippet_drafts"),
    path("snippets/<int:pk>", views.OneSnippet.as_view(), name="snippet"),
]
