"""A home timeline with a full page of posts, and its size limit."""

from accounts.models import User
from accounts.tests.factories import UserFactory
from posts.tests.factories import PostFactory
from relationships.services import follow_user

# Bytes of home with a full page of posts, with an empty browser cache.
COLD_HOME_BAR = 60_000
# Of these, bytes of scripts; and bytes of the page that follows.
SCRIPTS_BAR, SECOND_PAGE_BAR = 25_000, 12_000

# Bytes of the HTML of one of these posts, before compression.
POST_BAR = 2_100


def fill_home(viewer: User) -> None:
    """Fill the first page of a user's home."""
    for number in range(25):
        author = UserFactory()
        follow_user(author, actor=viewer)
        PostFactory(author=author, body=f"{number} trains to @ana, see https://example.org/{number} #trains")
