"""End-to-end tests of second factors, passkeys and sessions in a browser."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.security.models import SecurityEvent
from accounts.security.services import record_security_event
from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from scripts.servers import find_chromium
from tests.helpers.authenticators import AuthenticatorApp, next_period
from tests.helpers.browser import assert_no_findings, assert_nothing_sticks_out
from tests.helpers.clients import PASSWORD
from tests.helpers.sessions import age_sessions

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page) -> None:
    page.goto("/auth/login")
    page.get_by_label("Username or email").fill("susan")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign In", exact=True).click()


def expect_home(page: Page) -> None:
    expect(page.get_by_role("heading", name="Hi, susan!")).to_be_visible()


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("button", name="Logout").click()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()


def test_back_after_sign_out_shows_nothing_private(browser, live_server, susan):
    send_message(susan, sender=UserFactory(username="bob"), body="Between the two of us.")
    # As in a normal browser: Playwright disables the back-forward cache.
    usual = browser.browser_type.launch(
        executable_path=find_chromium(), args=["--no-sandbox"], ignore_default_args=["--disable-back-forward-cache"]
    )
    page = usual.new_page(base_url=live_server.url)
    sign_in(page)
    expect_home(page)
    page.goto("/messages/bob")
    expect(page.get_by_role("log")).to_contain_text("Between the two of us.")
    sign_out(page)
    page.go_back(wait_until="commit")
    expect(page).to_have_url(f"{live_server.url}/auth/login?next=/messages/bob")
    expect(page.get_by_text("Between the two of us.")).to_have_count(0)
    usual.close()


def test_page_in_the_back_forward_cache_is_left_after_sign_out(visit, susan):
    page = visit(susan)
    page.goto("/messages")
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()


def open_security(page: Page) -> None:
    expect_home(page)
    age_sessions()  # requires the password before a change
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("navigation", name="Settings")).to_be_visible()
    page.wait_for_load_state()
    if (toggle := page.locator(".mb-settings__toggle")).is_visible():
        toggle.click()  # the list is folded in narrow windows
    page.get_by_role("link", name="Security", exact=True).click()
    expect(page.get_by_role("heading", name="Security", exact=True)).to_be_visible()


def confirm(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def set_up_totp(page: Page) -> tuple[AuthenticatorApp, str]:
    """Set up an authenticator app on the security page; return it and the file of recovery codes."""
    page.get_by_role("link", name="Set up an authenticator app").click()
    confirm(page)
    image = page.get_by_role("img", name="QR code")
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth > 0")
    app = AuthenticatorApp(page.get_by_test_id("totp-key").inner_text())
    page.get_by_label("Code").fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    codes = download.value.path().read_text()
    page.get_by_role("link", name="I have saved them").click()
    return app, codes


def use_passkey(page: Page, button: str) -> None:
    """Press a button that works once the scripts of the page are loaded."""
    page.get_by_role("button", name=button).wait_for()
    page.wait_for_load_state()
    page.get_by_role("button", name=button).click()


def add_virtual_authenticator(page: Page) -> None:
    """Give the page's browser a platform authenticator whose owner always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_authenticator_app_and_recovery_codes(visit, susan, scripts):
    page = visit(java_script_enabled=scripts, viewport={"width": 360, "height": 800})
    sign_in(page)
    expect_home(page)
    open_security(page)
    if scripts:
        app, codes = set_up_totp(page)
    else:
        page.get_by_role("link", name="Set up an authenticator app").click()
        confirm(page)
        app = AuthenticatorApp(page.get_by_test_id("totp-key").inner_text())
        page.get_by_label("Code").fill(app.now())
        page.get_by_role("button", name="Turn on").click()
        expect(page.locator(".mb-code")).to_have_count(10)
        codes = "\n".join(page.locator(".mb-code").all_inner_texts())
        page.get_by_role("link", name="I have saved them").click()
    assert len(codes.split()) == 10
    expect(page.get_by_text("10 codes left")).to_be_visible()
    sign_out(page)

    next_period()
    sign_in(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_label("Code").fill("123")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This code is wrong, or it was used before.")).to_be_visible()
    page.get_by_label("Code").fill(app.now())
    page.get_by_role("button", name="Continue").click()
    expect_home(page)
    sign_out(page)

    sign_in(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    sign_in(page)
    page.get_by_label("Code").fill(codes.split()[3])
    page.get_by_role("button", name="Continue").click()
    expect_home(page)
    open_security(page)
    expect(page.get_by_text("9 codes left")).to_be_visible()
    expect(page.get_by_text("Recovery code used")).to_be_visible()


def test_passkey_signs_in_alone_and_as_second_factor(visit, susan):
    page = visit(viewport={"width": 360, "height": 800})
    add_virtual_authenticator(page)
    sign_in(page)
    expect_home(page)
    open_security(page)
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("My laptop")
    use_passkey(page, "Add a passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_role("heading", name="My laptop")).to_be_visible()
    expect(page.get_by_text("Signs you in without the password.")).to_be_visible()
    sign_out(page)

    # Alone, and back to the requested page.
    page.goto("/settings/preferences")
    use_passkey(page, "Sign in with a passkey")
    expect(page.get_by_role("heading", name="Preferences")).to_be_visible()
    sign_out(page)

    # After the password.
    sign_in(page)
    use_passkey(page, "Use a passkey")
    expect_home(page)

    # For re-authentication, instead of the password.
    open_security(page)
    page.get_by_role("link", name="Rename My laptop").click()
    page.get_by_role("link", name="Use a passkey").click()
    use_passkey(page, "Use a passkey")
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Passkey removed: Old laptop")).to_be_visible()
    expect(page.get_by_role("heading", name="Recovery codes")).to_have_count(0)
    sign_out(page)

    # The browser still has it, the site does not.
    use_passkey(page, "Sign in with a passkey")
    expect(page.get_by_text("This passkey was not accepted.")).to_be_visible()
    sign_in(page)
    expect_home(page)


def test_failed_passkey_leaves_other_ways_to_sign_in(visit, susan):
    page = visit()
    page.add_init_script("navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
    page.goto("/auth/login")
    use_passkey(page, "Sign in with a passkey")
    expect(page.get_by_text("That did not work. Try again, or choose another way.")).to_be_visible()
    sign_in(page)
    expect_home(page)


def test_passkeys_are_not_offered_without_scripts(visit, susan):
    page = visit(java_script_enabled=False)
    page.goto("/auth/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    sign_in(page)
    open_security(page)
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    expect(page.get_by_text("Passkeys need JavaScript, which is off in this browser.")).to_be_visible()


def test_session_is_ended_from_another_window(visit, susan):
    laptop, phone = visit(), visit(user_agent="Mozilla/5.0 (Linux; Android 15) Gecko/140.0 Firefox/140.0")
    for page in (laptop, phone):
        sign_in(page)
        expect_home(page)
    open_security(laptop)
    expect(laptop.get_by_role("heading", name="This device")).to_have_count(1)
    laptop.get_by_role("button", name="Sign out Firefox on Android").click()
    confirm(laptop)
    expect(laptop.get_by_text("That device is signed out.")).to_be_visible()
    expect(laptop.get_by_text("Firefox on Android").first).to_be_visible()  # in the log only
    expect(laptop.get_by_role("button", name="Sign out Firefox on Android")).to_have_count(0)
    phone.goto("/")
    expect(phone.get_by_role("heading", name="Sign In")).to_be_visible()


def look_at(page: Page, where: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    assert_no_findings(page, where)
    assert_nothing_sticks_out(page, where)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_security_pages_have_no_findings(visit, susan, scheme):
    page = visit(color_scheme=scheme, bypass_csp=True)
    add_virtual_authenticator(page)
    for number in range(30):
        kind = list(SecurityEvent.Kind)[number % len(SecurityEvent.Kind)]
        record_security_event(susan, kind, detail="x" * 100 if number == 28 else "")

    sign_in(page)
    expect_home(page)
    page.goto("/settings/security")
    age_sessions()
    look_at(page, "without a factor")
    page.goto("/auth/totp/activate")
    look_at(page, "confirmation")
    confirm(page)
    app = AuthenticatorApp(page.get_by_test_id("totp-key").inner_text())
    look_at(page, "authenticator app")
    page.get_by_label("Code").fill("1")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("This code is wrong")).to_be_visible()
    look_at(page, "refused code")
    page.get_by_label("Code").fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look_at(page, "recovery codes")
    page.goto("/auth/recovery_codes")
    look_at(page, "recovery codes, not shown")
    page.goto("/auth/passkeys/add")
    look_at(page, "adding a passkey")
    page.get_by_label("Name").fill("W" * 100)
    use_passkey(page, "Add a passkey")
    expect(page.get_by_role("heading", name="Security", exact=True)).to_be_visible()
    look_at(page, "with factors")
    key = Authenticator.objects.get(type="webauthn")
    for path in (
        "/settings/security/log",
        "/settings/security/log?before=5",
        f"/auth/passkeys/{key.pk}/edit",
        f"/auth/passkeys/{key.pk}/remove",
        "/auth/totp/deactivate",
        "/auth/recovery_codes/generate",
        "/auth/second_factor/reauthenticate",
        "/auth/passkeys/reauthenticate",
    ):
        page.goto(path)
        look_at(page, path)
    sign_out(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    look_at(page, "second factor")


def test_staff_are_redirected_from_the_admin_to_a_second_factor_and_back(visit, susan, settings):
    settings.STAFF_SECOND_FACTOR = True
    User.objects.filter(pk=susan.pk).update(is_staff=True, is_superuser=True, last_seen=timezone.now() - timedelta(1))
    page = visit()
    sign_in(page)
    expect_home(page)
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_text("Set up an authenticator app or a passkey to open the administration.")).to_be_visible()
    age_sessions()
    set_up_totp(page)
    # Requested without a browser, which would report the missing icon of Django's pages.
    response = page.request.get("/admin/", headers={"Connection": "close"})
    assert "Site administration" in response.text()
