"""What migrations do to rows of earlier versions."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_lines_of_about_me_end_with_a_line_feed():
    people = [UserFactory(about_me=about_me) for about_me in ("one\r\ntwo\rthree\n", "as\nit was")]
    import_module("accounts.migrations.0015_line_ends_of_about_me").normalize_line_ends(
        apps, connection.schema_editor()
    )
    for person in people:
        person.refresh_from_db()
    assert [person.about_me for person in people] == ["one\ntwo\nthree\n", "as\nit was"]
