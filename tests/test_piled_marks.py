"""Text with dozens of combining marks on a letter does not cover the content around it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from messaging.models import Message
from moderation.services.cases import add_note
from moderation.tests.factories import make_case, make_moderator
from posts.models import Post
from posts.services import render_posts
from posts.tests.factories import PostFactory
from relationships.services import follow_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PILED = "Z" + "\u0316" * 60 + "\u0300" * 60

# Each box that shows the letter, and whether it clips overflowing marks.
PLACES = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = walker.nextNode());) {
    if (!text.data.includes("Z\\u0316") || text.parentElement.closest("textarea, script, template")) continue;
    // The paragraph, or the box of all paragraphs of the text.
    let box = text.parentElement;
    while (getComputedStyle(box).display === "inline") box = box.parentElement;
    const clips = [box, box.parentElement].some((each) => getComputedStyle(each).overflowY !== "visible");
    found.push([box.tagName + "." + box.className, clips]);
  }
  return found;
}
"""


def places_of(page: Page, path: str) -> list[str]:
    """Return the boxes in which a page shows the letter unclipped; fail if it shows it nowhere."""
    page.goto(path)
    found = page.evaluate(PLACES)
    assert found, path
    return [f"{path} {box}" for box, clips in found if not clips]


def pile_up(post: Post) -> None:
    """Store text from before stacked marks were refused."""
    Post.objects.filter(pk=post.pk).update(body=PILED)
    post.refresh_from_db()
    render_posts(Post.objects.filter(pk=post.pk))


def test_marks_do_not_reach_the_post_above(visit):
    bob = UserFactory(username="bob")
    long_ago = timezone.now() - timedelta(days=800)
    post = PostFactory(author=bob, body="Z", created_at=long_ago)
    PostFactory(author=bob, body="The post above.", created_at=long_ago)
    page = visit(UserFactory(username="ana"))
    page.goto("/explore")
    above = page.locator("article", has_text="The post above.").locator(".mb-post__actions")
    expect(above.get_by_text("Copy link")).to_be_visible()
    before = above.screenshot()
    pile_up(post)
    page.goto("/explore")
    expect(page.locator("article", has_text=PILED)).to_be_visible()
    expect(above.get_by_text("Copy link")).to_be_visible()
    assert above.screenshot() == before


def test_every_page_clips_text_of_users(visit):
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    staff = make_moderator()
    User.objects.update(about_me=PILED)  # as in older texts
    follow_user(bob, actor=ana)
    posts = [PostFactory(author=author) for author in (ana, bob)]
    for post in posts:
        pile_up(post)
    message = send_message(ana, sender=bob, body="x")
    Message.objects.update(body=PILED)
    bob.refresh_from_db()
    case = make_case(posts[1], reporter=ana, comment=PILED)
    person_case = make_case(bob, reporter=ana, comment=PILED)
    add_note(case, actor=staff, text=PILED)
    page = visit(ana)
    wrong = [
        place
        for path in (
            *("/", "/explore", "/user/bob", "/user/bob/followers", "/search?q=z", "/search?q=z&type=people"),
            *(f"/post/{posts[0].pk}", f"/post/{posts[0].pk}/delete", f"/post/{posts[0].pk}/language"),
            *("/messages", "/messages/bob", f"/report/post/{posts[1].pk}", "/report/user/bob"),
            *(f"/report/message/{message.pk}", case.reports.get().get_absolute_url()),
        )
        for place in places_of(page, path)
    ]
    page = visit(staff)
    wrong += [
        place
        for path in (
            *("/admin/moderation/case/", f"/admin/moderation/case/{case.pk}/change/"),
            *(f"/admin/moderation/case/{person_case.pk}/change/", "/admin/posts/post/", "/admin/moderation/report/"),
            *(f"/admin/posts/post/{posts[1].pk}/change/", f"/admin/accounts/user/{bob.pk}/change/"),
        )
        for place in places_of(page, path)
    ]
    assert wrong == []
