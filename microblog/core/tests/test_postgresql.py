import pytest
from django.db import connection

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
