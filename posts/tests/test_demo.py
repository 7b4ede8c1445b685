import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings as project_settings
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.validators import username_validators
from messaging.models import Notification
from microblog.core.text import (
    MaxCharactersValidator,
    normalize_text,
    validate_no_control_characters,
    validate_visible,
)
from posts.counters import recount_posts
from posts.demo_content import compose
from posts.models import Bookmark, Like, Post
from posts.rendering import find_mentions
from relationships.models import Follow


def demo(**options):
    output = StringIO()
    call_command("demo", stdout=output, **{"users": 12, "posts": 60, **options})
    return output.getvalue()


def test_the_same_seed_composes_the_same_community_in_every_process():
    code = "from posts.demo_content import compose; print(ascii(compose(users=40, posts=600, seed=7)))"
    composed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            cwd=project_settings.BASE_DIR,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert composed[0].startswith("Community(people=[Person(username='susan'")
    assert composed[0] == composed[1]


@pytest.mark.django_db
def test_conversations_are_threads_of_replies():
    demo(users=24, posts=400)
    replies = Post.objects.filter(reply_to__isnull=False)
    assert replies.count() > 40
    assert replies.filter(addressee__isnull=False).exists()
    assert recount_posts(Post.objects.values_list("pk", flat=True), dry_run=True) == []
    assert Notification.objects.filter(kind=Notification.Kind.REPLIED).exists()


def test_another_seed_composes_another_community():
    assert compose(users=24, posts=300, seed=1).posts != compose(users=24, posts=300, seed=2).posts


@pytest.mark.parametrize(("users", "posts"), [(1, 0), (1, 500), (2, 500), (5, 10), (24, 400), (30, 0), (3000, 1000)])
def test_community_has_the_requested_numbers_of_people_and_posts(users, posts):
    community = compose(users=users, posts=posts, seed=1)
    assert len(community.people) == len({person.username for person in community.people}) == users
    assert len(community.posts) == posts
    ages = [post.age for post in community.posts]
    assert ages == sorted(ages, reverse=True)
    assert all(follower != followed for follower, followed in community.follows)


def test_all_content_is_valid():
    community = compose(users=80, posts=4000, seed=1)
    texts = [post.body for post in community.posts] + [person.about_me for person in community.people]
    assert len(texts) == 4000 + 80
    for text in texts:
        assert normalize_text(text) == text
        assert "{" not in text
        for validate in (MaxCharactersValidator(140), validate_no_control_characters, validate_visible):
            validate(text)
    for post in community.posts:
        assert community.people[post.author].username not in find_mentions(post.body)
    for person in community.people:
        for validate in username_validators:
            validate(person.username)


def test_default_community_repeats_no_text():
    bodies = [post.body for post in compose(users=24, posts=400, seed=1).posts]
    assert len(set(bodies)) == len(bodies)


@pytest.mark.django_db
def test_demo_fills_an_empty_database_with_posts_in_the_order_of_their_times():
    output = demo()
    assert User.objects.count() == 12
    posts = list(Post.objects.order_by("pk"))
    assert sum(post.repost_of_id is None for post in posts) == 60
    assert posts == sorted(posts, key=lambda post: post.created_at)
    assert posts[-1].created_at < timezone.now()
    assert not Post.objects.filter(created_at__lt=F("author__created_at")).exists()
    assert any('href="/user/' in post.body_html for post in posts)
    assert sum(User.objects.values_list("post_count", flat=True)) == 60
    assert sum(User.objects.values_list("follower_count", flat=True)) == Follow.objects.count()
    assert Follow.objects.count() == len(compose(users=12, posts=60, seed=1).follows) != 0
    assert "password microblog-demo" in output
    assert "susan" in output
    assert "and 6 more" in output


@pytest.mark.django_db
def test_demo_people_sign_in_with_the_password_and_susan_is_staff(client):
    demo()
    assert client.login(username="李娜", password="microblog-demo")
    assert list(User.objects.filter(is_staff=True).values_list("username", "is_superuser")) == [("susan", True)]


@pytest.mark.django_db
def test_demo_is_refused_in_production(settings):
    settings.DEMO_IS_ALLOWED = False
    with pytest.raises(CommandError, match="set CONFIGURATION=development"):
        demo(force=True)
    assert demo(if_empty=True) == ""
    assert not User.objects.exists()


@pytest.mark.django_db
def test_demo_refuses_a_database_with_users_unless_forced():
    UserFactory()
    with pytest.raises(CommandError, match="--force"):
        demo()
    assert User.objects.count() == 1
    demo(force=True)
    assert User.objects.count() == 13


@pytest.mark.django_db
def test_demo_writes_nothing_when_a_username_is_taken():
    UserFactory(username="Ana")
    with pytest.raises(CommandError, match="username or email address of ana"):
        demo(force=True)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_demo_refuses_to_run_twice():
    demo()
    with pytest.raises(CommandError, match="already"):
        demo(force=True)
    assert User.objects.count() == 12


@pytest.mark.django_db
def test_if_empty_fills_an_empty_database_once_and_names_the_accounts_again():
    first = demo(if_empty=True)
    assert User.objects.count() == 12
    again = demo(if_empty=True)
    assert User.objects.count() == 12
    assert "susan" in again
    assert again in first


@pytest.mark.django_db
def test_if_empty_is_silent_when_only_other_users_exist():
    UserFactory()
    assert demo(if_empty=True) == ""
    assert User.objects.count() == 1


@pytest.mark.parametrize("option", ["--users=0", "--posts=-1", "--users=many"])
def test_invalid_numbers_of_people_and_posts_are_refused(option):
    with pytest.raises(CommandError, match=r"argument --(users|posts)"):
        call_command("demo", option)


@pytest.mark.django_db
def test_people_like_and_bookmark_posts_of_others():
    demo()
    likes = Like.objects.select_related("post")
    assert len(likes) > 20
    assert all(like.user_id != like.post.author_id for like in likes)
    assert Bookmark.objects.exists()


@pytest.mark.django_db
def test_home_of_susan_shows_posts_and_reposts(client):
    demo(users=24, posts=400)
    reposts = Post.objects.exclude(repost_of=None).select_related("repost_of")
    assert all(repost.author_id != repost.repost_of.author_id for repost in reposts)
    client.force_login(User.objects.get(username="susan"))
    shown = client.get("/").context["page"].items
    passed_on = [post for post in shown if post.repost]
    assert 1 < len(passed_on) < len(shown) / 2
