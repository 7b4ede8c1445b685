from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import QuerySet, Value

from accounts.models import User
from accounts.tests.factories import UserFactory
from microblog.core.performance.queries import compiled
from microblog.postgresql.statements import PREPARED_AT

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def observer():
    """Return a second connection to the database."""
    other = connection.copy()
    yield other
    other.close()


def next_request(query):
    """Do with the connection what each request does."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        if query:
            cursor.execute(query)


def test_queries_are_not_compiled_by_the_server(observer):
    with observer.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
    # It is committed.
    observer.connection.rollback()
    with observer.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_kept_connection_is_checked_by_a_query_once_in_a_while(observer):
    next_request("SELECT 'first'")

    def last_query():
        with observer.cursor() as cursor:
            cursor.execute(
                "SELECT query FROM pg_stat_activity WHERE pid = %s", [connection.connection.info.backend_pid]
            )
            return cursor.fetchone()[0]

    next_request("SELECT 'second'")
    next_request("")
    assert last_query() == "SELECT 'second'"
    connection.trusted_until = 0
    next_request("")
    assert last_query() == "SELECT 1"


def test_connection_that_the_server_has_ended_is_replaced_before_it_is_used(observer):
    next_request("SELECT 'first'")
    next_request("SELECT 'second'")
    ended = connection.connection.info.backend_pid
    with observer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
        assert cursor.fetchone() == (True,)
    next_request("SELECT 'third'")
    assert connection.connection.info.backend_pid != ended


class TestPreparedStatements:
    @pytest.fixture
    def find(self):
        """Return a query with each kind of parameter, and one that is the same each time."""
        connection.close()

        @compiled
        def find(number: int, name: str, pks: list[int]) -> QuerySet[User]:
            return User.objects.filter(pk__gt=number - 5, username=name, pk__in=pks).annotate(one=Value(1))

        return find

    def prepared(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            return cursor.fetchall()

    def test_query_is_prepared_when_a_connection_makes_it_often(self, find, django_assert_num_queries):
        people = [UserFactory(username=name) for name in ("ana", "bob")]
        for time in range(1, 3 * PREPARED_AT):
            ana, bob = people if time % 2 else people[::-1]
            with django_assert_num_queries(1) as captured:
                found = find(ana.pk + 4, ana.username, [ana.pk, bob.pk])
            assert [(each.username, each.one) for each in found] == [(ana.username, 1)]
            assert find(ana.pk + 5, ana.username, [ana.pk, bob.pk]) == []
            assert captured[0]["sql"].startswith("EXECUTE accounts_user_0(") is (2 * time - 1 >= PREPARED_AT)
        assert len(self.prepared()) == 1

    def test_new_connection_prepares_its_own(self, find):
        for _ in range(2):
            for _ in range(PREPARED_AT):
                find(1, "ana", [1])
            assert len(self.prepared()) == 1
            connection.close()

    def test_nothing_is_prepared_behind_pgbouncer(self, find):
        connection.ensure_connection()
        made = connection.connection
        info = SimpleNamespace(backend_pid=made.info.backend_pid + 1, parameter_status=made.info.parameter_status)
        connection._configure_connection(SimpleNamespace(cursor=made.cursor, info=info))
        for _ in range(2 * PREPARED_AT):
            find(1, "ana", [1])
        assert self.prepared() == []
