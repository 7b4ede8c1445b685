from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db


def run(*command):
    output = StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


def test_recount_names_what_it_sets_right():
    author = PostFactory().author
    assert run("recount") == "All counters are right.\n"
    User.objects.filter(pk=author.pk).update(post_count=5)
    expected = f"{author.username}: post_count is 5, counted 1\n"
    assert run("recount", "--dry-run") == f"{expected}1 counters would be set right.\n"
    assert run("recount") == f"{expected}1 counters set right.\n"
    assert run("recount") == "All counters are right.\n"
