"""The databases that imports are tested with are those of the real servers."""

from urllib.parse import urlsplit

import psycopg2
import pymysql
import pytest

QUERY = "SELECT count(*) FROM {}"


@pytest.mark.django_db
@pytest.mark.postgresql
def test_postgresql_has_the_sample(postgresql_sample):
    connection = psycopg2.connect(postgresql_sample)
    with connection.cursor() as cursor:
        cursor.execute(QUERY.format('"user"'))
        assert cursor.fetchone() == (20,)
    connection.close()


@pytest.mark.mariadb
def test_mariadb_has_the_sample(mariadb_sample):
    at = urlsplit(mariadb_sample)
    connection = pymysql.connect(host=at.hostname, port=at.port, user=at.username, database=at.path[1:])
    with connection, connection.cursor() as cursor:
        cursor.execute(QUERY.format("user"))
        assert cursor.fetchone() == (20,)
