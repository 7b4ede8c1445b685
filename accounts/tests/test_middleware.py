from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_last_seen_is_written_at_most_once_a_minute(client, django_assert_num_queries):
    ana = UserFactory()
    client.force_login(ana)
    earlier = timezone.now() - timedelta(seconds=61)
    User.objects.filter(pk=ana.pk).update(last_seen=earlier)
    client.get("/about")
    ana.refresh_from_db()
    assert ana.last_seen > earlier
    seen = ana.last_seen
    with django_assert_num_queries(2):  # session with person, and rules, and no write
        client.get("/about")
    ana.refresh_from_db()
    assert ana.last_seen == seen


def test_times_are_shown_in_the_zone_of_the_account(client):
    ana = UserFactory(time_zone="Asia/Tokyo")
    client.force_login(ana)
    page = client.get(ana.get_absolute_url()).content.decode()
    assert " JST" in page
    assert " UTC" not in page


@pytest.mark.parametrize("zone", ["Moon/Sea_of_Showers", "../../etc/passwd", "America", "\x01"])
def test_zone_that_the_system_does_not_know_fails_no_page(client, zone):
    ana = UserFactory(time_zone=zone)
    client.force_login(ana)
    assert " UTC" in client.get(ana.get_absolute_url()).content.decode()
    assert client.get("/settings/preferences").status_code == 200


@pytest.mark.parametrize("path", ["/explore", "/messages", "/settings/preferences", "/about", "/nowhere"])
def test_pages_of_signed_in_users_are_not_cached(client, path):
    client.force_login(UserFactory())
    directives = client.get(path)["Cache-Control"]
    assert "private" in directives
    assert "no-store" in directives
