"""Writing and searching text in a browser."""

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from jobs.models import Recurrence
from jobs.worker import run_due_everywhere
from posts.models import Post
from posts.tests.factories import PostFactory
from search.models import PostEntry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_mentions_tags_and_urls_of_a_post_lead_where_its_author_meant(visit):
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    page = visit(bob)
    page.goto("/")
    page.get_by_label("Say something").fill(
        "_@ana_ look: *https://my_blog.example.com/tea* #نرم\u200cافزار ＃スター・ウォーズ in Łódź ٢٠٢٤"
    )
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your post is now live!")).to_be_visible()
    link = page.get_by_role("link", name="my_blog.example.com/tea", exact=True)
    expect(link).to_have_attribute("href", "https://my_blog.example.com/tea")
    page.get_by_role("link", name="＃スター・ウォーズ").click()
    expect(page.locator("article mark")).to_have_text(["＃スター・ウォーズ"])
    page.get_by_role("link", name="#نرم\u200cافزار").click()
    expect(page.locator("article mark")).to_have_text(["#نرم\u200cافزار"])

    run_due_everywhere()
    reader = visit(ana)
    reader.goto("/notifications")
    expect(reader.get_by_text("bob mentioned you")).to_be_visible()
    for text, marked in [
        ("lodz", ["Łódź"]),
        ("2024", ["٢٠٢٤"]),
        ("#スターウォーズ", ["＃スター・ウォーズ"]),
        ("http://www.my_blog.example.com", ["my_blog.example.com"]),
    ]:
        reader.get_by_role("searchbox", name="Search").fill(text)
        reader.keyboard.press("Enter")
        expect(reader.locator("article mark")).to_have_text(marked)


def test_posts_of_the_previous_release_are_rendered_again_in_the_background(visit):
    ana = UserFactory(username="ana")
    post = PostFactory(author=ana, body="*https://example.org/lodz* w Łodzi")
    run_due_everywhere()
    Post.objects.filter(pk=post.pk).update(renderer_version=3, body_html="as it was rendered before")
    PostEntry.objects.all().delete()
    Recurrence.objects.update(version=0)
    page = visit(ana)
    page.goto("/explore")
    expect(page.locator("article")).to_contain_text("as it was rendered before")
    run_due_everywhere()
    page.goto("/search?q=lodzi")
    expect(page.locator("article mark")).to_have_text(["Łodzi"])
    expect(page.get_by_role("link", name="example.org/lodz", exact=True)).to_be_visible()
