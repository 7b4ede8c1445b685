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


def test_recount_lists_the_corrected_counters():
    author = PostFactory().author
    assert run("recount") == "All counters are correct.\n"
    User.objects.filter(pk=author.pk).update(post_count=5)
    expected = f"{author.username}: post_count is 5, counted 1\n"
    assert run("recount", "--dry-run") == f"{expected}1 counters would be corrected.\n"
    assert run("recount") == f"{expected}1 counters corrected.\n"
    assert run("recount") == "All counters are correct.\n"
