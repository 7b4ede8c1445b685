from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import User
from accounts.services import register_user
from audit.commands import command_actor
from audit.services import record
from messaging.conversations.services import mark_conversation_as_read, send_message
from messaging.models import Message, Notification, Participant
from messaging.notifications.badges import recount_unread
from microblog.core.exceptions import DomainError
from posts.demo_content import EMAIL_DOMAIN, Community, compose
from posts.mentions import notify_mentioned
from posts.models import Post
from posts.reactions.services import bookmark_post, like_post, repost_post
from posts.services import publish_post
from posts.signals import demo_written
from relationships.services import follow_user

PASSWORD = "microblog-demo"  # noqa: S105 - refused where it would matter
# Older notifications are marked as read.
UNREAD = timedelta(hours=12)
# Accounts that are listed at the end.
LISTED = 6


def at_least(smallest: int) -> Callable[[str], int]:
    def number(value: str) -> int:
        if int(value) < smallest:
            raise ArgumentTypeError(f"{value} is less than {smallest}")
        return int(value)

    return number


class Command(BaseCommand):
    help = (
        "Fill an empty database with a small community: people, posts, follows, messages. The same --seed creates "
        "the same community. Times are relative to now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=at_least(1), default=24, help="how many people (%(default)s)")
        parser.add_argument("--posts", type=at_least(0), default=400, help="how many posts (%(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="seed of the random numbers (%(default)s)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are users, or in production")
        parser.add_argument("--force", action="store_true", help="add to a database that has users")

    def handle(self, *args: Any, **options: Any) -> None:
        demo = User.objects.filter(email__endswith=EMAIL_DOMAIN).order_by("pk")
        if options["if_empty"] and (User.objects.exists() or not settings.DEMO_IS_ALLOWED):
            self.print_accounts(demo)
            return
        if not settings.DEMO_IS_ALLOWED:
            raise CommandError(
                "Demo accounts have a published password, so they are not created in production: set "
                "CONFIGURATION=development on your own machine."
            )
        if demo.exists():
            raise CommandError(
                "The demo community exists already. Run the command on an empty database to create it again."
            )
        if User.objects.exists() and not options["force"]:
            raise CommandError("The database has other users; --force adds the demo community to it.")
        community = compose(users=options["users"], posts=options["posts"], seed=options["seed"])
        write(community)
        record("command.demo", actor=command_actor(), after={"people": len(community.people)})
        self.stdout.write(
            f"Created {len(community.people)} people, {len(community.posts)} posts, {len(community.follows)} follows."
        )
        self.print_accounts(demo)

    def print_accounts(self, people: QuerySet[User]) -> None:
        if not people:
            return
        self.stdout.write(f"Demo accounts, all with the password {PASSWORD}:")
        for person in people[:LISTED]:
            self.stdout.write(f"  {person.username}" + ("  (staff, can open /admin/)" if person.is_staff else ""))
        if len(people) > LISTED:
            self.stdout.write(f"  and {len(people) - LISTED} more")


@transaction.atomic
def write(community: Community) -> None:
    """Write a community in one transaction, so that ids increase with time."""
    now = timezone.now()
    last_ages = {draft.author: draft.age for draft in community.posts}
    people = []
    for index, person in enumerate(community.people):
        try:
            user = register_user(
                username=person.username,
                email=person.email,
                password=None,
                about_me=person.about_me,
                created_at=now - person.age,
                last_seen=now - last_ages.get(index, person.age),
                is_staff=person.is_staff,
                is_superuser=person.is_staff,
            )
        except DomainError as error:
            raise CommandError(
                f"Nothing was written: another user has the username or email address of {person.username}."
            ) from error
        people.append(user)
    # All have the same hash, because hashing is slow on purpose.
    User.objects.filter(email__endswith=EMAIL_DOMAIN).update(password=make_password(PASSWORD))
    # Confirmed here, because no one can receive mail at these email addresses.
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, primary=True, verified=True) for person in people
    )
    for follower, followed in community.follows:
        follow_user(people[followed], actor=people[follower])
    written: dict[int | None, int] = {}
    for draft in community.posts:
        post = publish_post(
            people[draft.author], body=draft.body, created_at=now - draft.age, reply_to=written.get(draft.reply_to)
        )
        written[draft.number] = post.pk
        if "@" in post.body or post.addressee_id is not None:
            notify_mentioned(post.pk, post.author_id)
    for number, (person, liked) in enumerate(community.likes):
        for react, interval in ((like_post, 1), (bookmark_post, 5), (repost_post, 9)):
            if number % interval == 0:
                react(Post(pk=written[liked]), actor=people[person])
    write_messages(community, people)
    keys = [person.email.removesuffix(EMAIL_DOMAIN) for person in community.people]
    demo_written.send(Command, people=dict(zip(keys, people, strict=True)))


def write_messages(community: Community, people: list[User]) -> None:
    """Send the private messages, and mark older messages and notifications as read."""
    now = timezone.now()
    for letter in community.messages:
        message = send_message(people[letter.recipient], sender=people[letter.sender], body=letter.body)
        Message.objects.filter(pk=message.pk).update(sent_at=now - letter.age)
        if letter.is_read:
            side = Participant.objects.get(user=people[letter.recipient], other=people[letter.sender])
            mark_conversation_as_read(side, upto=message.pk)
    old = Notification.objects.filter(created_at__lt=now - UNREAD) | Notification.objects.filter(
        kind=Notification.Kind.FOLLOWED
    )
    old.update(read_at=now, created_at=Least("created_at", now - UNREAD))
    recount_unread([person.pk for person in people])
