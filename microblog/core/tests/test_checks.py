import pytest
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from microblog.core.checks import FORMER_MIGRATIONS, STARTUP, is_local, refuse_unsafe_start


def ids():
    return [message.id for message in run_checks(tags=[STARTUP])]


@pytest.fixture(autouse=True)
def _local(settings):
    settings.IS_PUBLIC = True
    settings.SITE_URL = ""
    settings.ALLOWED_HOSTS = ["localhost"]


@pytest.mark.parametrize(
    "host", ["example.org", ".example.org", "*", "8.8.8.8", "[2001:4860::1]", "localhost.evil.com"]
)
def test_public_host_is_refused_in_a_configuration_for_developers(settings, host):
    settings.ALLOWED_HOSTS = ["localhost", host]
    assert not is_local(host)
    assert ids() == []
    settings.IS_PUBLIC = False
    assert ids() == ["microblog.E003"]
    with pytest.raises(ImproperlyConfigured, match="CONFIGURATION is testing"):
        refuse_unsafe_start()


def test_public_site_url_is_refused_in_a_configuration_for_developers(settings):
    settings.IS_PUBLIC = False
    settings.SITE_URL = "https://example.org"
    assert ids() == ["microblog.E003"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "192.168.1.20", "box.local", ".site.test"])
def test_private_ip_addresses_and_local_names_are_not_public(settings, host):
    settings.IS_PUBLIC = False
    settings.ALLOWED_HOSTS = [host]
    assert ids() == []


def test_public_site_without_hosts_does_not_start(settings):
    settings.ALLOWED_HOSTS = []
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS is empty"):
        refuse_unsafe_start()


@pytest.mark.parametrize(
    ("processes", "redis", "found"), [(1, "", []), (2, "", ["microblog.W001"]), (2, "redis://:secret@localhost", [])]
)
def test_cache_that_processes_do_not_share_gives_a_warning(settings, processes, redis, found):
    settings.WEB_CONCURRENCY = processes
    settings.REDIS_URL = redis
    assert ids() == found
    refuse_unsafe_start()


@pytest.mark.django_db
@pytest.mark.parametrize("former", sorted(FORMER_MIGRATIONS))
@pytest.mark.parametrize("command", ["migrate", "migrate_once"])
def test_database_of_an_earlier_version_is_refused_with_what_to_do(command, former):
    before = MigrationRecorder(connection).applied_migrations().keys()
    MigrationRecorder(connection).record_applied(*former)
    with pytest.raises(SystemCheckError, match=r"(?s)made by an earlier version.*an empty database in DATABASE_URL"):
        call_command(command, verbosity=0, skip_checks=False)
    assert MigrationRecorder(connection).applied_migrations().keys() == {*before, former}


@pytest.mark.django_db
def test_database_of_this_version_is_not_refused():
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
