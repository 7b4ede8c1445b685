"""Reply to posts and read threads in a browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from posts.services import delete_post, hide_post, publish_post
from posts.tests.factories import PostFactory
from posts.threads.reading import ANCESTORS
from tests.helpers.browser import assert_no_findings, assert_nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def article_of(page, text):
    return page.get_by_role("article").filter(has_text=text)


def let_missing_pages_pass(page):
    """Give responses of posts the status 200: the console complains about others."""

    def answer(route):
        response = route.fetch()
        route.fulfill(response=response, status=200)

    page.route("**/post/*", answer)


@pytest.mark.parametrize("scripts", [True, False])
def test_user_replies_and_the_author_reads_it_from_the_notification(visit, ana, bob, scripts):
    PostFactory(author=ana, body="Who wants tea?")
    page = visit(bob, java_script_enabled=scripts)
    page.goto("/explore")
    article_of(page, "Who wants tea?").get_by_role("link", name="Reply").click()
    reply = page.get_by_role("region", name="Write a reply").get_by_role("textbox", name="Say something")
    if scripts:
        expect(reply).to_be_focused()
        page.keyboard.type("With milk, please.")
        page.keyboard.press("Control+Enter")
    else:
        reply.fill("With milk, please.")
        page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your post is now live!")).to_be_visible()
    written = article_of(page, "With milk, please.")
    expect(written.get_by_role("link", name="Replying to @ana")).to_be_visible()
    # The draft is gone once the reply is published.
    expect(reply).to_have_value("")
    page.reload()
    expect(reply).to_have_value("")
    expect(article_of(page, "Who wants tea?").get_by_role("link", name="Reply 1 reply")).to_be_visible()

    run_due_everywhere()
    reader = visit(ana, java_script_enabled=scripts)
    reader.goto("/notifications")
    reader.get_by_role("link", name="bob replied to you").click()
    expect(reader.get_by_role("heading", name="Post by bob", level=1)).to_be_attached()
    above = reader.get_by_role("region", name="Earlier in this thread")
    expect(above.get_by_role("article")).to_contain_text("Who wants tea?")
    above.get_by_role("link", name="Reply 1 reply").click()
    expect(reader.get_by_role("heading", name="Replies")).to_be_visible()
    expect(article_of(reader, "With milk, please.")).to_be_visible()


def test_typed_reply_survives_the_deletion_of_the_post(visit, bob):
    post = PostFactory(body="Soon gone")
    page = visit(bob)
    page.goto(f"/post/{post.pk}#reply")
    page.get_by_role("textbox", name="Say something").fill("A long thought.")
    delete_post(post)
    let_missing_pages_pass(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("You cannot reply to this post")).to_be_visible()
    expect(page.get_by_role("textbox", name="Say something")).to_have_value("A long thought.")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_thread_with_gaps_is_accessible_and_fits(visit, ana, mod, language):
    User.objects.filter(pk=ana.pk).update(language=language)
    author = UserFactory(username="W" * 64)
    posts = [PostFactory(author=author, body="x" * 140)]
    for number in range(ANCESTORS + 2):
        posts.append(publish_post([ana, author][number % 2], body=f"Part {number}", reply_to=posts[-1].pk))
    for body in ("First", "Second"):
        publish_post(author, body=body, reply_to=posts[-1].pk)
    delete_post(posts[-2])
    hide_post(posts[-3], actor=mod, reason="spam")
    page = visit(User.objects.get(pk=ana.pk), bypass_csp=True)
    let_missing_pages_pass(page)
    for post in (posts[-1], posts[-2], posts[-3]):
        page.goto(f"/post/{post.pk}")
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        assert_no_findings(page, f"post {post.pk}")
        assert_nothing_sticks_out(page, f"post {post.pk}")
    page.goto(f"/user/{author.username}/replies")
    assert_no_findings(page, "replies")
    assert_nothing_sticks_out(page, "replies")
