"""The list of time zones in Preferences."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.forms import PreferencesForm
from accounts.tests.factories import UserFactory
from microblog.core.time_zones import current_zones

pytestmark = pytest.mark.django_db


def groups_of(user):
    choices = PreferencesForm(instance=user).fields["time_zone"].choices
    return {label: dict(zones) for label, zones in choices if isinstance(zones, list)}


def test_zones_are_grouped_by_region_with_current_names_and_offsets():
    groups = groups_of(UserFactory())
    assert groups["Asia"]["Asia/Kolkata"] == "Kolkata (UTC+05:30)"
    assert groups["America"]["America/Argentina/Buenos_Aires"] == "Buenos Aires, Argentina (UTC-03:00)"
    summer = bool(datetime.now(ZoneInfo("Europe/Madrid")).dst())
    assert groups["Europe"]["Europe/Madrid"] == f"Madrid (UTC+0{1 + summer}:00)"
    names = {name for zones in groups.values() for name in zones}
    assert names == {name for name in current_zones() if "/" in name}
    assert not names & {"Asia/Calcutta", "Europe/Kiev", "US/Eastern", "America/Buenos_Aires", "Brazil/East", "GB"}


def test_obsolete_name_is_accepted_and_kept(client):
    user = UserFactory()
    client.force_login(user)
    for _time in range(2):
        client.post(reverse("accounts:preferences"), {"theme": "auto", "time_zone": "Asia/Calcutta"})
        user.refresh_from_db()
        assert user.time_zone == "Asia/Calcutta"
        page = client.get(reverse("accounts:preferences")).content.decode()
        assert '<option value="Asia/Calcutta" selected>' in page


def test_language_and_time_zone_are_not_called_optional(client):
    client.force_login(UserFactory())
    assert "(optional)" not in client.get(reverse("accounts:preferences")).content.decode()
