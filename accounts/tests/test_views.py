import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import change_username
from accounts.tests.factories import UserFactory
from relationships.services import follow_user
from tests.helpers.clients import REGISTRATION, said

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

pytestmark = pytest.mark.django_db


class TestRegister:
    def test_newcomer_is_signed_in_at_once(self, client):
        response = client.post("/auth/register", REGISTRATION)
        assert (response.status_code, response["Location"]) == (302, "/")
        assert said(response)[0] == "Congratulations, you are now a registered user!"
        susan = User.objects.get()
        assert (susan.username, susan.email) == ("susan", "susan@example.com")
        assert client.get("/").wsgi_request.user == susan

    @pytest.mark.parametrize(
        ("changes", "field", "message"),
        [
            ({"password2": "measures once"}, "password2", "Field must be equal to password."),
            ({"username": "TAKEN"}, "username", "Please use a different username."),
            ({"email": "Taken@example.com"}, "email", "Please use a different email address."),
            ({"username": "a b"}, "username", None),
            ({"username": "x" * 65}, "username", None),
            ({"username": "nul\x00"}, "username", None),
            ({"email": "nonsense"}, "email", None),
            ({"password1": "short", "password2": "short"}, "password1", None),
            ({"password1": "password", "password2": "password"}, "password1", None),
        ],
    )
    def test_errors_are_shown_next_to_their_fields_and_typed_values_stay(self, client, changes, field, message):
        UserFactory(username="taken", email="taken@example.com")
        response = client.post("/auth/register", REGISTRATION | changes)
        assert response.status_code == 200
        form = response.context["form"]
        assert list(form.errors) == [field]
        if message:
            assert form.errors[field] == [message]
        assert form["email"].value() == (REGISTRATION | changes)["email"]
        assert User.objects.count() == 1

    def test_signed_in_user_is_redirected_home(self, ana_client):
        assert ana_client.get("/auth/register")["Location"] == "/"


class TestSignIn:
    @pytest.fixture
    def member(self):
        return UserFactory(username="Susan", email="susan@example.com", password="measures twice")

    @pytest.mark.parametrize("login", ["Susan", "susan", "SUSAN@example.com", " susan "])
    def test_name_and_email_open_the_account_without_regard_to_case(self, client, member, login):
        response = client.post("/auth/login", {"login": login, "password": "measures twice"})
        assert (response.status_code, response["Location"]) == (302, "/")
        assert client.get("/").wsgi_request.user == member

    def test_former_name_opens_the_account(self, client, member):
        change_username(member, "susanna")
        client.post("/auth/login", {"login": "susan", "password": "measures twice"})
        assert client.get("/").wsgi_request.user == member

    @pytest.mark.parametrize("login", ["susan", "unknown", "susan@example.com", "unknown@example.com", "\x00"])
    def test_refusal_does_not_tell_whether_the_account_exists(self, client, member, login):
        response = client.post("/auth/login?next=/explore", {"login": login, "password": "wrong"})
        assert response.status_code == 200
        if login != "\x00":
            assert response.context["form"].non_field_errors() == ["Invalid username or password"]
        assert "/explore" in response.content.decode()

    @pytest.mark.parametrize(
        ("wanted", "reached"),
        [("/explore", "/explore"), ("", "/"), ("https://evil.example/", "/"), ("//evil.example", "/")],
    )
    def test_next_leads_on_but_never_off_the_site(self, client, member, wanted, reached):
        response = client.post(f"/auth/login?next={wanted}", {"login": "susan", "password": "measures twice"})
        assert response["Location"] == reached

    @pytest.mark.parametrize(("wanted", "reached"), [("", "/"), ("/explore", "/explore"), ("//evil.example", "/")])
    @pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
    def test_second_sign_in_page_leads_on_who_has_signed_in_on_the_first(self, member, path, wanted, reached):
        browser = Client(enforce_csrf_checks=True)
        browser.get(path)
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
        data = {"login": "susan", "password": "measures twice", "next": wanted} | token
        assert browser.post("/auth/login", data).status_code == 302
        response = browser.post(path, data)
        assert (response.status_code, response["Location"]) == (302, reached)

    @pytest.mark.parametrize(("remember", "until_closed"), [({"remember": "on"}, False), ({}, True)])
    def test_remember_me_outlives_the_browser_window(self, client, member, settings, remember, until_closed):
        client.post("/auth/login", {"login": "susan", "password": "measures twice"} | remember)
        assert client.session.get_expire_at_browser_close() is until_closed
        assert (client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == "") is until_closed

    def test_deactivated_account_is_not_opened(self, client, member):
        User.objects.filter(pk=member.pk).update(deactivated_at=timezone.now())
        response = client.post("/auth/login", {"login": "susan", "password": "measures twice"}, follow=True)
        assert response.status_code == 200
        assert not response.wsgi_request.user.is_authenticated

    def test_session_is_renewed(self, client, member):
        client.post("/", {"body": "too early"})
        before = client.session.session_key
        client.post("/auth/login", {"login": "susan", "password": "measures twice"})
        assert client.session.session_key != before


class TestAccess:
    def test_anonymous_visitor_is_redirected_to_sign_in_with_a_message(self, client):
        response = client.get("/explore?before=7")
        assert response["Location"] == "/auth/login?next=/explore%3Fbefore%3D7"
        assert said(response) == ["Please log in to access this page."]

    def test_fragment_request_without_session_redirects_the_page_to_sign_in(self, client):
        response = client.post(
            "/follow/ana", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/explore"}
        )
        assert response["HX-Redirect"] == "/auth/login?next=/explore"

    @pytest.mark.parametrize(
        ("referer", "wanted"),
        [
            ("http://testserver/notifications?before=7", "/notifications%3Fbefore%3D7"),
            ("http://testserver/user/%C3%A1na#posts", "/user/%25C3%25A1na"),
            ("http://testserver", "/"),
            ("http://testserver//evil.example", "/"),
            ("http://testserver/\\evil.example", "/"),
            ("http://evil.example/notifications", "/"),
            ("http://[", "/"),
            ("", "/"),
        ],
    )
    def test_button_of_a_page_leads_back_to_that_page_after_sign_in(self, client, referer, wanted):
        UserFactory(username="ana", password="measures twice")
        response = client.post("/notifications/read", headers={"Referer": referer})
        assert response["Location"] == f"/auth/login?next={wanted}"
        response = client.post(response["Location"], {"login": "ana", "password": "measures twice"})
        assert client.get(response["Location"]).status_code == (404 if "%25C3" in wanted else 200)

    def test_session_of_a_deleted_account_is_an_anonymous_one(self, ana_client, ana):
        assert ana_client.get("/explore").status_code == 200
        ana.delete()
        assert ana_client.get("/explore")["Location"] == "/auth/login?next=/explore"
        assert ana_client.post("/", {"body": "still here?"})["Location"] == "/auth/login?next=/"

    def test_sign_out_needs_a_form_and_ends_the_session(self, ana_client):
        ana_client.get("/auth/logout")
        assert ana_client.get("/explore").status_code == 200
        assert ana_client.post("/auth/logout")["Location"] == "/"
        assert ana_client.get("/explore").status_code == 302

    def test_text_sent_after_the_session_ended_waits_on_the_home_page(self, client):
        client.post("/", {"body": "An hour of thought."})
        ana = UserFactory(password="measures twice")
        client.post("/auth/login", {"login": ana.username, "password": "measures twice"})
        assert "An hour of thought." in client.get("/").content.decode()
        client.post("/", {"body": "An hour of thought."})
        assert client.get("/").context["form"]["body"].value() == ""


class TestEditProfile:
    def data(self, ana, **changes):
        return {"username": ana.username, "about_me": "", "avatar_source": "generated"} | changes

    def test_changes_are_saved(self, ana_client, ana):
        response = ana_client.post("/edit_profile", self.data(ana, about_me="Maps, trains."), follow=True)
        assert response.redirect_chain == [("/edit_profile", 302)]
        assert "Your changes have been saved." in response.content.decode()
        ana.refresh_from_db()
        assert (ana.username, ana.about_me) == ("ana", "Maps, trains.")

    def test_new_name_redirects_from_the_former_one(self, ana_client, ana):
        ana_client.post("/edit_profile", self.data(ana, username="Anna"))
        response = ana_client.get("/user/ana")
        assert (response.status_code, response["Location"]) == (301, "/user/Anna")
        assert ana_client.get("/user/ANNA").status_code == 200

    @pytest.mark.parametrize("username", ["bob", "BOB", "a b", "", "x" * 65, "a\x00"])
    def test_refused_username_shows_error_and_typed_values_stay(self, ana_client, ana, username):
        UserFactory(username="Bob")
        response = ana_client.post("/edit_profile", self.data(ana, username=username, about_me="typed at length"))
        assert response.status_code == 200
        assert list(response.context["form"].errors) == ["username"]
        assert "typed at length" in response.content.decode()
        ana.refresh_from_db()
        assert (ana.username, ana.about_me) == ("ana", "")

    @pytest.mark.parametrize("text", ["x" * 141, "Z" + "\u0316" * 9], ids=["141 characters", "9 marks on a letter"])
    def test_refused_about_me_shows_error(self, ana_client, ana, text):
        response = ana_client.post("/edit_profile", self.data(ana, about_me=text))
        assert list(response.context["form"].errors) == ["about_me"]

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("\r\n".join(["x" * 13] * 10), "\n".join(["x" * 13] * 10)),
            (FAMILY * 30, FAMILY * 30),
            (" e\u0301 ", "\u00e9"),
            ("x" * 140, "x" * 140),
        ],
    )
    def test_about_me_is_counted_as_people_count(self, ana_client, ana, typed, kept):
        response = ana_client.post("/edit_profile", self.data(ana, about_me=typed))
        assert response.status_code == 302
        ana.refresh_from_db()
        assert ana.about_me == kept

    def test_too_long_about_me_shows_the_error_of_posts(self, ana_client, ana):
        page = ana_client.post("/edit_profile", self.data(ana, about_me="x\r\n" * 71 + "y")).content.decode()
        assert "This text has 143 characters and may have 140. Please shorten it." in page

    @pytest.mark.parametrize("username", ["bob", "BOB"])
    def test_name_of_another_user_is_refused_in_the_words_of_the_original(self, ana_client, ana, username):
        UserFactory(username="bob")
        response = ana_client.post("/edit_profile", self.data(ana, username=username))
        assert response.context["form"].errors == {"username": ["Please use a different username."]}

    def test_picture_from_gravatar_is_allowed_on_pages_that_show_it_alone(self, ana_client, ana):
        ana_client.post("/edit_profile", self.data(ana, avatar_source="gravatar"))
        page = ana_client.get("/user/ana")
        assert "https://www.gravatar.com/avatar/" in page.content.decode()
        assert "img-src 'self' data: https://www.gravatar.com" in page["Content-Security-Policy"]
        ana_client.post("/edit_profile", self.data(ana, avatar_source="generated"))
        assert "gravatar" not in ana_client.get("/user/ana")["Content-Security-Policy"]


class TestPreferences:
    def test_theme_and_zone_are_kept(self, ana_client, ana):
        ana_client.post("/settings/preferences", {"theme": "dark", "time_zone": "Europe/Lisbon"})
        ana.refresh_from_db()
        assert (ana.theme, ana.time_zone) == ("dark", "Europe/Lisbon")
        assert 'data-theme="dark"' in ana_client.get("/about").content.decode()

    @pytest.mark.parametrize("zone", ["Etc/GMT+5", "CET", "Moon/Sea_of_Showers"])
    def test_zone_that_the_list_lacks_is_kept(self, ana_client, ana, zone):
        User.objects.update(time_zone=zone)
        shown = ana_client.get("/settings/preferences").context["form"]["time_zone"].value()
        response = ana_client.post("/settings/preferences", {"theme": "dark", "time_zone": shown})
        assert response.status_code == 302
        ana.refresh_from_db()
        assert (ana.theme, ana.time_zone) == ("dark", zone)

    def test_unknown_zone_is_refused(self, ana_client):
        response = ana_client.post("/settings/preferences", {"theme": "dark", "time_zone": "../../etc/passwd"})
        assert list(response.context["form"].errors) == ["time_zone"]

    def test_switch_works_before_signing_in(self, client):
        response = client.post("/theme", {"theme": "dark", "next": "/auth/login"})
        assert response["Location"] == "/auth/login"
        assert 'data-theme="dark"' in client.get("/auth/login").content.decode()

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_switch_never_leads_off_the_site(self, client, elsewhere):
        assert client.post("/theme", {"theme": "dark", "next": elsewhere})["Location"] == "/"


class TestLanguage:
    def language_of(self, client, **headers):
        response = client.get("/about", headers=headers)
        found = re.search(r'<html lang="([\w-]+)"\s+dir="(\w+)"', response.content.decode())
        assert response["Content-Language"] == found[1]
        assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))
        return found[1]

    def test_account_goes_before_the_cookie_and_the_cookie_before_the_browser(self, ana_client, ana):
        assert self.language_of(ana_client, accept_language="es-MX, en;q=0.5") == "es"
        ana_client.cookies["django_language"] = "zh-hans"
        assert self.language_of(ana_client, accept_language="es") == "zh-hans"
        User.objects.filter(pk=ana.pk).update(language="ar")
        assert self.language_of(ana_client, accept_language="es") == "ar"
        ana_client.post("/auth/logout")
        assert self.language_of(ana_client, accept_language="es") == "zh-hans"

    def test_language_that_the_site_no_longer_offers_is_passed_by(self, ana_client, ana):
        User.objects.filter(pk=ana.pk).update(language="tlh")
        assert self.language_of(ana_client, accept_language="es") == "es"

    def test_one_request_leaves_its_language_to_no_other(self, ana_client, ana):
        User.objects.filter(pk=ana.pk).update(language="ar")
        assert self.language_of(ana_client) == "ar"
        assert self.language_of(Client()) == "en"

    def test_switch_goes_back_to_the_page_and_holds_for_account_and_browser(self, ana_client, ana):
        response = ana_client.post("/language", {"language": "es", "next": "/about?a=1"})
        assert response["Location"] == "/about?a=1"
        ana.refresh_from_db()
        assert ana.language == "es"
        ana_client.post("/auth/logout")
        assert self.language_of(ana_client) == "es"

    def test_unknown_language_changes_nothing_and_never_leads_off_the_site(self, ana_client):
        response = ana_client.post("/language", {"language": "tlh", "next": "https://evil.example/"})
        assert (response["Location"], "django_language" in response.cookies) == ("/", False)

    def test_preference_can_be_left_to_the_browser_again(self, ana_client):
        ana_client.post("/settings/preferences", {"language": "ar", "theme": "auto", "time_zone": ""})
        assert self.language_of(ana_client, accept_language="es") == "ar"
        ana_client.post("/settings/preferences", {"language": "", "theme": "auto", "time_zone": ""})
        assert self.language_of(ana_client, accept_language="es") == "es"

    def test_pages_of_errors_speak_the_language_of_the_account(self, ana_client, ana):
        User.objects.filter(pk=ana.pk).update(language="ar")
        html = {"accept": "text/html"}
        for response in (ana_client.get("/nosuch", headers=html), ana_client.get("/follow/ana", headers=html)):
            assert 'lang="ar"' in response.content.decode()
            assert response["Content-Language"] == "ar"

    def test_newcomer_keeps_the_language_of_the_page(self, client):
        data = {"username": "li", "email": "li@example.com", "password1": "measures 2x", "password2": "measures 2x"}
        client.post("/auth/register", data, headers={"accept-language": "zh-CN"})
        assert User.objects.get(username="li").language == "zh-hans"


class TestFollow:
    def test_follow_and_unfollow_say_so_on_the_profile(self, ana_client, ana):
        bob = UserFactory(username="Bob")
        response = ana_client.post("/follow/bob")
        assert (response["Location"], said(response)) == ("/user/Bob", ["You are following Bob"])
        assert list(User.objects.followed_by(ana)) == [bob]
        response = ana_client.post("/unfollow/bob")
        assert said(response)[-1] == "You are not following Bob"
        assert not User.objects.followed_by(ana).exists()

    @pytest.mark.parametrize(
        ("path", "target", "message"),
        [
            ("/follow/unknown", "/", "User unknown not found."),
            ("/unfollow/unknown", "/", "User unknown not found."),
            ("/follow/ana", "/user/ana", "You cannot follow yourself!"),
            ("/unfollow/ana", "/user/ana", "You cannot unfollow yourself!"),
        ],
    )
    def test_refusals_say_why(self, ana_client, path, target, message):
        response = ana_client.post(path)
        assert (response["Location"], said(response)) == (target, [message])

    def test_in_place_only_the_form_comes_back(self, ana_client):
        UserFactory(username="bob")
        page = ana_client.post("/follow/bob", headers={"HX-Request": "true"}).content.decode()
        assert reverse("relationships:unfollow", args=["bob"]) in page
        assert "<html" not in page

    def test_following_by_a_link_is_refused(self, ana_client):
        UserFactory(username="bob")
        response = ana_client.get("/follow/bob")
        assert response.status_code == 405
        assert "<html" in response.content.decode()

    def test_form_without_its_token_is_refused(self, ana):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(ana)
        UserFactory(username="bob")
        assert strict.post("/follow/bob").status_code == 403


class TestLists:
    @pytest.mark.parametrize("path", ["/user/ana/followers", "/user/ana/following"])
    def test_cost_the_same_with_one_row_and_with_fifty(
        self, ana_client, ana, path, settings, django_assert_max_num_queries
    ):
        settings.POSTS_PER_PAGE = 50
        counts = []
        people = UserFactory.create_batch(50)
        for known in (people[:1], people[1:]):
            for person in known:
                follow_user(person, actor=ana)
                follow_user(ana, actor=person)
            with django_assert_max_num_queries(6) as queries:
                page = ana_client.get(path)
            counts.append((len(page.context["page"].items), len(queries)))
        assert [rows for rows, _queries in counts] == [1, 50]
        assert counts[0][1] == counts[1][1]

    def test_followers_are_paged(self, ana_client, ana, settings):
        settings.POSTS_PER_PAGE = 2
        people = UserFactory.create_batch(3)
        for person in people:
            follow_user(ana, actor=person)
        first = ana_client.get("/user/ana/followers").context["page"]
        assert first.items == [people[2], people[1]]
        second = ana_client.get(f"/user/ana/followers{first.older}").context["page"]
        assert (second.items, second.older) == ([people[0]], "")

    def test_suspended_people_are_not_listed(self, ana_client, ana):
        bob = UserFactory()
        follow_user(ana, actor=bob)
        User.objects.filter(pk=bob.pk).update(suspended_at=timezone.now())
        assert ana_client.get("/user/ana/followers").context["page"].items == []
        assert ana_client.get(bob.get_absolute_url()).status_code == 404
        assert ana_client.get(f"/user/{bob.username}/popup").status_code == 404


def test_about_me_keeps_its_lines_and_links_its_urls(ana_client):
    UserFactory(username="Bob", about_me="Trains & maps.\nhttps://example.org/<b>")
    for path in ("/user/Bob", "/user/Bob/popup"):
        page = ana_client.get(path).content.decode()
        assert 'Trains &amp; maps.<br><a href="https://example.org/"' in page
        assert "</a>&lt;b&gt;" in page


class TestPopup:
    def test_shows_the_person_in_brief_and_the_action_that_fits(self, ana_client, ana, django_assert_num_queries):
        bob = UserFactory(username="Bob", about_me="Trains.")
        with django_assert_num_queries(2):
            page = ana_client.get("/user/bob/popup").content.decode()
        assert "Trains." in page
        assert reverse("relationships:follow", args=["Bob"]) in page
        follow_user(bob, actor=ana)
        assert reverse("relationships:unfollow", args=["Bob"]) in ana_client.get("/user/bob/popup").content.decode()
        assert "follow/ana" not in ana_client.get("/user/ana/popup").content.decode()

    def test_unknown_name_is_not_found(self, ana_client):
        assert ana_client.get("/user/unknown/popup").status_code == 404
        assert ana_client.get("/user/unknown").status_code == 404


def test_avatar_is_public_and_needs_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/avatar/7.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert "public" in response["Cache-Control"]
    assert response.content == client.get("/avatar/7.svg").content != client.get("/avatar/8.svg").content
