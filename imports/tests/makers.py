"""Sources made row by row, and what an import made of them."""

import json
import sqlite3
from io import StringIO

from django.core.management import call_command

from accounts.models import User
from messaging.models import Message, Participant
from posts.models import Post
from relationships.models import Follow

# Without the constraints that the newest schema has.
SCHEMA = """
CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT, email TEXT, password_hash TEXT, about_me TEXT,
    last_seen TEXT, last_message_read_time TEXT);
CREATE TABLE post (id INTEGER PRIMARY KEY, body TEXT, timestamp TEXT, user_id INTEGER, language TEXT);
CREATE TABLE followers (follower_id INTEGER, followed_id INTEGER);
CREATE TABLE message (id INTEGER PRIMARY KEY, sender_id INTEGER, recipient_id INTEGER, body TEXT, timestamp TEXT);
"""
TIME = "2024-03-01 12:00:00.250000"


class SourceFile:
    """A SQLite file in the original's schema."""

    def __init__(self, path, schema=SCHEMA):
        self.path = path
        self.url = f"sqlite:///{path}"
        self.execute(schema)

    def execute(self, script):
        connection = sqlite3.connect(self.path)
        connection.executescript(script)
        connection.close()

    def add(self, table, *rows):
        connection = sqlite3.connect(self.path)
        for row in rows:
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [*row.values()])
        connection.commit()
        connection.close()

    def add_users(self, *names):
        """Add users with the ids from 1 on."""
        users = [{"id": pk, "username": name, "email": f"user{pk}@example.com"} for pk, name in enumerate(names, 1)]
        self.add("user", *({**user, "last_seen": TIME} for user in users))


def bring(url, **options):
    """Import a source, and return the report."""
    out = StringIO()
    call_command("import_flask_microblog", url, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def imported_rows():
    """Return all that an import wrote, without ids that the source does not have."""
    sides = Participant.objects.order_by("user", "other").select_related("last_message")
    return {
        "users": list(
            User.objects.order_by("pk").values_list(
                "pk", "username", "email", "about_me", "created_at", "last_seen", "post_count", "follower_count",
                "following_count", "unread_message_count", "usernames__key", "emailaddress__email",
            )
        ),
        "posts": list(
            Post.objects.order_by("pk").values_list("pk", "author", "body", "body_html", "created_at", "language")
        ),
        "follows": sorted(Follow.objects.values_list("follower", "followed", "created_at")),
        "messages": list(
            Message.objects.order_by("pk").values_list(
                "conversation__low", "conversation__high", "sender", "body", "sent_at"
            )
        ),
        "sides": [(side.user_id, side.other_id, side.unread_count, side.last_message.body) for side in sides],
    }  # fmt: skip
