"""Every route: its status for each kind of visitor, and that no second route leads to the same page."""

from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client

from accounts.tests.factories import UserFactory
from blog.tests.factories import EntryFactory, SnippetFactory
from posts.tests.factories import PostFactory
from repositories.tests.factories import RepositoryFactory
from tests.helpers.routes import SIGN_IN, site_routes, urls

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
# Statuses of GET and POST for an anonymous visitor, a member and a superuser; the POST has no data.
# 403: only a user with a password or a passkey can re-authenticate.
STATUSES = {
    "about": ("200 405", "200 405", "200 405"),
    "livez": ("200 405", "200 405", "200 405"),
    "readyz": ("200 405", "200 405", "200 405"),
    "metrics": ("401 405", "403 405", "200 405"),
    "status": ("200 405", "200 405", "200 405"),
    "robots_txt": ("200 405", "200 405", "200 405"),
    "security_txt": ("200 405", "200 405", "200 405"),
    "change_password": ("302 405", "302 405", "302 405"),
    "api_docs": ("200 405", "200 405", "200 405"),
    "account_login": ("200 200", "302 302", "302 302"),
    "account_logout": ("302 302", "200 302", "200 302"),
    "account_signup": ("200 200", "302 302", "302 302"),
    "account_inactive": ("200 405", "200 405", "200 405"),
    "account_email_verification_sent": ("200 200", "302 302", "302 302"),
    "account_confirm_email": ("200 200", "200 200", "200 200"),
    "account_reset_password": ("200 200", "302 302", "302 302"),
    "account_reset_password_from_key": ("302 302", "302 302", "302 302"),
    "account_email": ("302 302", "200 200", "200 200"),
    "account_change_password": ("302 302", "200 200", "200 200"),
    "account_reauthenticate": ("302 302", "403 403", "403 403"),
    "mfa_authenticate": ("302 302", "302 302", "302 302"),
    "mfa_reauthenticate": ("302 302", "403 403", "403 403"),
    "mfa_activate_totp": ("302 302", "200 200", "200 200"),
    "mfa_deactivate_totp": ("302 302", "404 404", "404 404"),
    "mfa_view_recovery_codes": ("302 302", "404 405", "404 405"),
    "mfa_generate_recovery_codes": ("302 302", "200 200", "200 200"),
    "mfa_login_webauthn": ("302 302", "302 302", "302 302"),
    "mfa_reauthenticate_webauthn": ("302 302", "403 403", "403 403"),
    "mfa_add_webauthn": ("302 302", "200 200", "200 200"),
    "mfa_edit_webauthn": ("302 302", "404 404", "404 404"),
    "mfa_remove_webauthn": ("302 302", "404 404", "404 404"),
    "mfa_index": ("302 302", "200 405", "200 405"),
    "mfa_list_webauthn": ("302 302", "200 405", "200 405"),
    "relationships:popup": ("302 302", "200 405", "200 405"),
    "relationships:followers": ("302 302", "200 405", "200 405"),
    "relationships:following": ("302 302", "200 405", "200 405"),
    "relationships:follow": ("302 302", "405 302", "405 302"),
    "relationships:unfollow": ("302 302", "405 302", "405 302"),
    "relationships:hide_reposts": ("302 302", "405 302", "405 302"),
    "relationships:show_reposts": ("302 302", "405 302", "405 302"),
    "relationships:block": ("302 302", "200 302", "200 302"),
    "relationships:unblock": ("302 302", "405 302", "405 302"),
    "relationships:mute": ("302 302", "405 302", "405 302"),
    "relationships:unmute": ("302 302", "405 302", "405 302"),
    "accounts:edit_profile": ("302 302", "200 200", "200 200"),
    "accounts:preferences": ("302 302", "200 200", "200 200"),
    "relationships:blocked": ("302 302", "200 405", "200 405"),
    "relationships:muted": ("302 302", "200 405", "200 405"),
    "accounts:leave": ("302 302", "200 200", "200 200"),
    "security:overview": ("302 302", "200 405", "200 405"),
    "security:log": ("302 302", "200 405", "200 405"),
    "security:end_other_sessions": ("302 302", "405 302", "405 302"),
    "security:end_session": ("302 302", "405 302", "405 302"),
    "security:tokens": ("302 302", "200 200", "200 200"),
    "security:revoke_token": ("302 302", "405 302", "405 302"),
    "accounts:come_back": ("302 302", "302 302", "302 302"),
    "accounts:theme": ("405 302", "405 302", "405 302"),
    "accounts:language": ("405 302", "405 302", "405 302"),
    "accounts:avatar": ("200 405", "200 405", "200 405"),
    "messaging:conversations": ("302 302", "200 405", "200 405"),
    "messaging:thread": ("302 302", "200 200", "200 200"),
    "messaging:delete": ("302 302", "404 404", "404 404"),
    "messaging:send": ("302 302", "200 200", "200 200"),
    "messaging:notifications": ("302 405", "200 405", "200 405"),
    "messaging:notification_settings": ("302 302", "200 302", "200 302"),
    "messaging:read_all": ("302 302", "405 302", "405 302"),
    "messaging:open_notification": ("302 302", "404 405", "404 405"),
    "messaging:read": ("302 302", "405 404", "405 404"),
    "moderation:report_post": ("302 302", "200 200", "200 200"),
    "moderation:report_person": ("302 302", "200 200", "200 200"),
    "moderation:report_message": ("302 302", "404 404", "404 404"),
    "moderation:report_entry": ("302 302", "200 200", "200 200"),
    "moderation:report_snippet": ("302 302", "200 200", "200 200"),
    "moderation:reports": ("302 302", "200 405", "200 405"),
    "moderation:report": ("302 302", "404 405", "404 405"),
    "moderation:decisions": ("302 302", "200 405", "200 405"),
    "moderation:decision": ("302 302", "404 404", "404 404"),
    "moderation:suspended": ("302 302", "302 405", "302 405"),
    "posts:home": ("302 302", "200 200", "200 200"),
    "posts:index": ("302 302", "301 405", "301 405"),
    "posts:new_posts": ("302 302", "204 405", "204 405"),
    "posts:explore": ("302 302", "200 405", "200 405"),
    "posts:profile": ("302 302", "200 405", "200 405"),
    "posts:profile_with_replies": ("302 302", "200 405", "200 405"),
    "posts:post": ("302 302", "200 200", "200 200"),
    "posts:edit": ("302 302", "404 404", "404 404"),
    "posts:delete": ("302 302", "404 404", "404 404"),
    "posts:language": ("302 302", "404 404", "200 200"),
    "posts:like": ("302 302", "405 302", "405 302"),
    "posts:unlike": ("302 302", "405 302", "405 302"),
    "posts:repost": ("302 302", "405 302", "405 302"),
    "posts:unrepost": ("302 302", "405 302", "405 302"),
    "posts:bookmark": ("302 302", "405 302", "405 302"),
    "posts:unbookmark": ("302 302", "405 302", "405 302"),
    "posts:likers": ("302 302", "200 405", "200 405"),
    "posts:reposters": ("302 302", "200 405", "200 405"),
    "posts:likes": ("302 302", "200 405", "200 405"),
    "posts:bookmarks": ("302 302", "200 405", "200 405"),
    "posts:translation": ("302 302", "200 405", "200 405"),
    "posts:translate": ("405 401", "405 200", "405 200"),
    "entries:tag": ("200 405", "200 405", "200 405"),
    "entries:list": ("200 405", "200 405", "200 405"),
    "entries:create": ("302 302", "200 200", "200 200"),
    "entries:drafts": ("302 302", "200 405", "200 405"),
    "entries:author": ("200 405", "200 405", "200 405"),
    "entries:detail": ("200 405", "200 405", "200 405"),
    "entries:edit": ("302 302", "404 404", "404 404"),
    "preview_entry": ("302 302", "405 200", "405 200"),
    "entries:delete": ("302 302", "404 404", "404 404"),
    "snippets:list": ("200 405", "200 405", "200 405"),
    "snippets:create": ("302 302", "200 200", "200 200"),
    "snippets:drafts": ("302 302", "200 405", "200 405"),
    "snippets:author": ("200 405", "200 405", "200 405"),
    "snippets:detail": ("200 405", "200 405", "200 405"),
    "snippets:edit": ("302 302", "404 404", "404 404"),
    "snippets:delete": ("302 302", "404 404", "404 404"),
    "entries:author_feed": ("200 405", "200 405", "200 405"),
    "entries:tag_feed": ("200 405", "200 405", "200 405"),
    "latest": ("200 405", "200 405", "200 405"),
    "sitemap": ("200 200", "200 200", "200 200"),
    "sitemap_section": ("200 200", "200 200", "200 200"),
    "repositories:list": ("302 302", "200 405", "200 405"),
    "repositories:watched": ("302 302", "200 405", "200 405"),
    "repositories:by_id": ("302 302", "302 405", "302 405"),
    "repositories:repository": ("302 302", "200 405", "200 405"),
    "repositories:watch": ("302 302", "405 302", "405 302"),
    "repositories:fetch": ("302 302", "405 403", "405 302"),
    "repositories:unwatch": ("302 302", "405 302", "405 302"),
    "exports:export_posts": ("405 302", "405 302", "405 302"),
    "exports:exports": ("302 405", "200 405", "200 405"),
    "exports:export_progress": ("302 405", "200 405", "200 405"),
    "exports:cancel_export": ("405 302", "405 404", "405 404"),
    "exports:download_export": ("302 405", "404 405", "404 405"),
    "search:search": ("302 302", "302 405", "302 405"),
}
VISITORS = ["anonymous", "member", "staff"]
# Redirects of an anonymous visitor to other pages than sign-in.
LEADS_ELSEWHERE = {
    "account_logout",
    "account_reset_password_from_key",
    "accounts:come_back",
    "accounts:language",
    "accounts:theme",
    "change_password",
    "mfa_authenticate",
    "mfa_login_webauthn",
}


def test_every_route_has_a_row():
    assert sorted(STATUSES) == sorted(name for name, _pattern, _path in site_routes())


def test_urls_have_no_trailing_slash_and_only_one_route():
    paths = {name: path for name, _pattern, path in site_routes()}
    # Those of the blog end with a slash, as in the original.
    assert {path.split("/")[1] for path in paths.values() if path.endswith("/")} == {"", "blog", "snippets"}
    pages = [path for name, path in paths.items() if name.startswith(("entries:", "snippets:"))]
    assert all(path.endswith(("/", ".atom")) for path in pages)
    assert {path.split("/")[1] for name, path in paths.items() if name.startswith("account_")} == {"auth"}


@pytest.fixture
def author(db):
    return PostFactory(author__username="ana").author


def responses(user, **headers):
    """Yield (name, method, URL, response) for each route; each request is rolled back."""
    post = PostFactory(author__username="ana", body="The night train to Lisbon is back.")
    EntryFactory(pk=post.pk, author=post.author, title="Lisbon", tags=["lisbon"])
    SnippetFactory(pk=post.pk, author=post.author, title="Lisbon")
    RepositoryFactory(pk=post.pk, name="lisbon")
    for name, url in urls(post.pk).items():
        for method in ("get", "post"):
            client = Client(headers=BROWSER | headers)
            if user:
                client.force_login(user)
            with transaction.atomic():
                response = getattr(client, method)(url)
                transaction.set_rollback(True)
            yield name, method, url, response


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", VISITORS)
def test_each_route_has_its_status_for_each_kind_of_visitor(visitor, settings):
    settings.SECURITY_CONTACT = "security@example.org"
    is_staff = visitor == "staff"
    user = None if visitor == "anonymous" else UserFactory(is_staff=is_staff, is_superuser=is_staff)
    statuses = {}
    for name, _method, _url, response in responses(user):
        statuses.setdefault(name, []).append(str(response.status_code))
        if response.status_code in (403, 404, 405) and name != "metrics":
            assert b"<html" in response.content, name
    expected = {name: row[VISITORS.index(visitor)] for name, row in STATUSES.items()}
    assert {name: " ".join(pair) for name, pair in statuses.items()} == expected


@pytest.mark.django_db
def test_anonymous_visitors_are_redirected_to_sign_in_and_back():
    for name, method, url, response in responses(None, referer="http://testserver/user/ana?before=7"):
        if response.status_code == 302 and name not in LEADS_ELSEWHERE:
            # A form leads back to its page.
            page = url if method == "get" else "/user/ana?before=7"
            assert response["Location"] == SIGN_IN + quote(page), (name, method)


@pytest.mark.parametrize("path", ["/auth/login/", "/auth/signup/", "/accounts/login/"])
def test_no_second_route_to_sign_in(client, db, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/auth/", "/admin/login/"])
def test_other_sign_in_urls_redirect_to_it(client, db, path):
    assert client.get(path)["Location"].partition("?")[0] == "/auth/login"


ADMIN_PAGES = ["", "accounts/user/", "accounts/user/1/change/", "posts/post/", "posts/post/1/change/"]


@pytest.mark.django_db
class TestAdmin:
    @pytest.mark.parametrize("page", ADMIN_PAGES)
    def test_admin_is_visible_to_staff_and_not_to_members(self, client, author, page):
        sign_in = client.get(f"/admin/{page}", follow=True)
        assert sign_in.redirect_chain[-1][0].startswith("/auth/login?next=")
        client.force_login(author)
        assert client.get(f"/admin/{page}")["Location"].startswith("/admin/login/?next=/admin/")
        admin = UserFactory(is_staff=True, is_superuser=True)
        client.force_login(admin)
        page = page.replace("user/1/", f"user/{admin.pk}/").replace("post/1/", f"post/{author.posts.get().pk}/")
        assert client.get(f"/admin/{page}").status_code == 200

    def test_deleting_posts_updates_the_counter(self, client, author):
        PostFactory.create_batch(2, author=author)
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        first, *others = author.posts.values_list("pk", flat=True)
        client.post(f"/admin/posts/post/{first}/delete/", {"post": "yes"})
        client.post("/admin/posts/post/", {"action": "delete_selected", "_selected_action": others, "post": "yes"})
        author.refresh_from_db()
        assert (author.posts.count(), author.post_count) == (0, 0)

    @pytest.mark.parametrize("path", ["/admin/accounts/user/", "/admin/posts/post/"])
    def test_lists_make_constant_queries(self, client, path, django_assert_max_num_queries):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        counts = []
        for more in (1, 19):
            PostFactory.create_batch(more)
            with django_assert_max_num_queries(8) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
