"""Sign-up, sign-in and account recovery in a browser, with a real SMTP server."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from jobs.models import Queue
from jobs.worker import run_due
from tests.helpers.sessions import age_sessions
from tests.helpers.sink import smtp_sink

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD, NEW_PASSWORD = "measures twice", "cuts only once"


@pytest.fixture
def mailbox(settings, live_server):
    """Send mail to an SMTP server of this test, and require confirmed email addresses."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MAIL_GOES_TO = "mailbox"
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with smtp_sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def newest_mail(mailbox, subject):
    """Deliver pending mail, and return the last one."""
    run_due(Queue.MAIL)
    message = mailbox.received[-1]
    assert message["Subject"] == f"[Microblog] {subject}"
    return message


def link_in(message):
    return re.search(r"^http://\S+(?=\s*$)", message.get_body(["plain"]).get_content(), re.MULTILINE)[0]


def sign_in(page, login, password):
    page.get_by_label("Username or email").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign In", exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_new_user_signs_up_and_confirms_the_email_address(visit, mailbox, scripts):
    page = visit(java_script_enabled=scripts, viewport={"width": 360, "height": 800})
    page.goto("/auth/register")
    page.get_by_label("Username", exact=True).fill("susan")
    page.get_by_label("Email").fill("susan@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat Password").fill(PASSWORD)
    page.locator("form").get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()

    page.get_by_label("Email").fill("susan@example.com")
    page.get_by_role("button", name="Send the email again").click()
    expect(page.get_by_text("another email is on its way")).to_be_visible()

    message = newest_mail(mailbox, "Confirm your email address")
    assert message["To"] == "susan@example.com"
    page.goto(link_in(message))
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_text("Congratulations, you are now a registered user!")).to_be_visible()
    expect(page.get_by_role("heading", name="Hi, susan!")).to_be_visible()


def test_link_in_a_mail_is_followed_by_its_button(visit, mailbox):
    person = UserFactory(username="susan", email="susan@example.com", password=PASSWORD)
    page = visit()
    page.goto("/auth/login")
    sign_in(page, person.username, PASSWORD)
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    html = newest_mail(mailbox, "Confirm your email address").get_body(["html"]).get_content()
    reader = visit(java_script_enabled=False)
    reader.set_content(html)
    link = reader.get_by_role("link", name="Confirm your email address").get_attribute("href")
    page.goto(link)
    expect(page.get_by_text("Does susan@example.com belong to the account susan?")).to_be_visible()


def test_forgotten_username_and_password_are_recovered_by_mail(visit, mailbox):
    UserFactory(username="susan", email="susan@example.com", password=PASSWORD)
    page = visit()
    page.goto("/auth/login")
    page.get_by_role("link", name="Click to Reset It").click()
    page.get_by_label("Email").fill("susan@example.com")
    page.get_by_role("button", name="Request Password Reset").click()
    expect(page.get_by_text("Check your email for the instructions to reset your password")).to_be_visible()

    message = newest_mail(mailbox, "Reset Your Password")
    assert "Your username is susan" in message.get_body(["plain"]).get_content()
    page.goto(link_in(message))
    expect(page.get_by_role("heading", name="Reset Your Password")).to_be_visible()
    expect(page.get_by_label("Sign out on all other devices")).to_be_checked()
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Repeat Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Request Password Reset").click()
    expect(page.get_by_text("Your password has been reset.")).to_be_visible()
    sign_in(page, "susan", NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Hi, susan!")).to_be_visible()

    # The link works once.
    other = visit()
    other.goto(link_in(message))
    expect(other.get_by_text("This link no longer works.")).to_be_visible()


def test_email_address_and_password_are_changed_in_settings(visit, mailbox):
    page = visit()
    UserFactory(username="susan", email="susan@example.com", password=PASSWORD)
    User.objects.get().emailaddress_set.create(email="susan@example.com", verified=True, primary=True)
    page.goto("/auth/login?next=/auth/email")
    sign_in(page, "susan", PASSWORD)
    page.get_by_label("New email address").fill("new@example.com")
    age_sessions()  # requires the password before a change
    page.get_by_role("button", name="Change email address").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("It changes to new@example.com")).to_be_visible()
    page.goto(link_in(newest_mail(mailbox, "Confirm your new email address")))
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_text("Your new email address is confirmed.")).to_be_visible()

    page.goto("/auth/email")
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("Repeat Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password has been changed.")).to_be_visible()
    newest_mail(mailbox, "Your password was changed")
