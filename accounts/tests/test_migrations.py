"""What migrations do to the rows of a site that is upgraded."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User, Username
from accounts.services import UsernameTaken, register_user
from accounts.tests.factories import UserFactory


@pytest.mark.django_db
def test_names_held_before_get_skeletons_and_of_clones_the_oldest_has_it():
    bob, clone, mia = UserFactory(username="bob"), UserFactory(username="rob"), UserFactory(username="MIA")
    Username.objects.filter(user=clone).update(key="b0b")
    User.objects.filter(pk=clone.pk).update(username="B0B")
    Username.objects.create(key="former", user=None)
    Username.objects.update(skeleton=None)

    fill = import_module("accounts.migrations.0012_fill_skeletons_of_usernames").fill
    fill(apps, connection.schema_editor())

    found = dict(Username.objects.values_list("key", "skeleton"))
    assert found == {"bob": "bob", "b0b": None, "mia": "rnla", "former": "forrner"}
    clone.refresh_from_db()
    assert [User.objects.by_username(name).get() for name in ("bob", "b0b", "mia")] == [bob, clone, mia]
    with pytest.raises(UsernameTaken):
        register_user(username="BOB", email="other@example.com", password=None)
