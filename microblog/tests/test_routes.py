import pytest
from django.urls import URLPattern, get_resolver, reverse

from accounts.tests.factories import UserFactory
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
# What fills the arguments of an address.
ARGUMENTS = {"username": "ana", "pk": 1, "key": "nonsense"}
# Answers that a visit may give; never a 500, and never somebody else's business.
PUBLIC = {
    "about",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_reset_password",
    "account_reset_password_from_key",
    "account_signup",
    "accounts:avatar",
    "api_docs",
    "change_password",
    "livez",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "readyz",
    "robots_txt",
    "security_txt",
    "status",
}
SIGN_IN = "/auth/login?next="


def site_routes(patterns=None, prefix="", namespace=""):
    """Yield (name, pattern, address) of every page but the admin's."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = f"{namespace}:{entry.name}" if namespace else entry.name
            yield name, entry, "/" + path
        elif entry.namespace not in ("admin", "api"):
            yield from site_routes(entry.url_patterns, path, entry.namespace or namespace)


def address_of(name, pattern):
    arguments = {key: ARGUMENTS[key] for key in pattern.pattern.converters}
    return reverse(name, kwargs=arguments)


@pytest.fixture
def ana():
    ana = UserFactory(username="ana")
    PostFactory(author=ana)
    return ana


@pytest.fixture(autouse=True)
def _has_contact(settings):
    settings.SECURITY_CONTACT = "security@example.org"


ROUTES = list(site_routes())


def test_routes_were_found():
    assert len(ROUTES) >= 20


@pytest.mark.parametrize(("name", "pattern", "path"), ROUTES, ids=[route[0] for route in ROUTES])
def test_anonymous_visitors_see_public_pages_and_are_led_to_sign_in_elsewhere(client, ana, name, pattern, path):
    url = address_of(name, pattern)
    for response in (client.get(url), client.post(url)):
        if response.status_code == 405:
            assert b"<html" in response.content
        elif name in ("metrics", "posts:translate"):
            assert response.status_code == 401
        elif name in PUBLIC | {"account_logout", "accounts:theme", "accounts:language", "accounts:come_back"}:
            assert response.status_code in (200, 302), (name, response.status_code)
        else:
            assert response["Location"].startswith(SIGN_IN), (name, response.status_code)


@pytest.mark.parametrize(("name", "pattern", "path"), ROUTES, ids=[route[0] for route in ROUTES])
def test_button_pressed_after_the_session_ended_leads_back_to_its_page(client, ana, name, pattern, path):
    response = client.post(address_of(name, pattern), headers={"Referer": "http://testserver/user/ana?before=7"})
    if response.status_code == 302 and response["Location"].startswith(SIGN_IN):
        assert response["Location"] == SIGN_IN + "/user/ana%3Fbefore%3D7"


@pytest.mark.parametrize("staff", [False, True], ids=["member", "staff"])
@pytest.mark.parametrize(("name", "pattern", "path"), ROUTES, ids=[route[0] for route in ROUTES])
def test_members_and_staff_get_an_answer_that_a_person_can_read(client, ana, staff, name, pattern, path):
    client.force_login(UserFactory(is_staff=staff, is_superuser=staff))
    url = address_of(name, pattern)
    response = client.get(url, headers=BROWSER)
    # 403: nobody can confirm to be themselves who has neither a password nor a passkey.
    assert response.status_code in (200, 204, 301, 302, 403, 404, 405), name
    if response.status_code in (403, 404, 405):
        assert b"<html" in response.content
    assert client.post(url).status_code < 500


@pytest.mark.parametrize(("name", "pattern", "path"), ROUTES, ids=[route[0] for route in ROUTES])
def test_addresses_have_no_trailing_slash_and_only_one_door(name, pattern, path):
    assert path == "/" or not path.endswith("/")
    doors = [other for other_name, _pattern, other in ROUTES if other_name == name]
    assert len(doors) == 1
    if name.startswith("account_"):
        assert path.startswith("/auth/")


@pytest.mark.parametrize("path", ["/auth/login/", "/auth/signup/", "/auth/", "/accounts/login/", "/admin/login/"])
def test_no_second_door_to_sign_in(client, path):
    response = client.get(path)
    assert response.status_code == 404 or response["Location"].partition("?")[0] == "/auth/login"


ADMIN_PAGES = ["", "accounts/user/", "accounts/user/1/change/", "posts/post/", "posts/post/1/change/"]


class TestAdmin:
    @pytest.mark.parametrize("page", ADMIN_PAGES)
    def test_staff_see_it_and_members_do_not(self, client, ana, page):
        sign_in = client.get(f"/admin/{page}", follow=True)
        assert sign_in.redirect_chain[-1][0].startswith("/auth/login?next=")
        client.force_login(ana)
        assert client.get(f"/admin/{page}").status_code in (302, 403)
        admin = UserFactory(is_staff=True, is_superuser=True)
        client.force_login(admin)
        page = page.replace("user/1/", f"user/{admin.pk}/").replace("post/1/", f"post/{ana.posts.get().pk}/")
        assert client.get(f"/admin/{page}").status_code == 200

    def test_deleting_posts_moves_the_counter(self, client, ana):
        PostFactory.create_batch(2, author=ana)
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        first, *others = ana.posts.values_list("pk", flat=True)
        client.post(f"/admin/posts/post/{first}/delete/", {"post": "yes"})
        client.post("/admin/posts/post/", {"action": "delete_selected", "_selected_action": others, "post": "yes"})
        ana.refresh_from_db()
        assert (ana.posts.count(), ana.post_count) == (0, 0)

    @pytest.mark.parametrize("path", ["/admin/accounts/user/", "/admin/posts/post/"])
    def test_lists_cost_the_same_with_one_row_and_with_twenty(self, client, path, django_assert_max_num_queries):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        counts = []
        for more in (1, 19):
            PostFactory.create_batch(more)
            with django_assert_max_num_queries(8) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
