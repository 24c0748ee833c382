"""Statements of the hot paths are kept by PostgreSQL, and cost Django's own counting nothing."""

import os

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from labelops.environment import database
from labelops.prepared_cursor import prepared_cursor
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NAMED = "SELECT username FROM accounts_user WHERE id = %s"


def test_a_statement_finds_the_same_however_often_it_comes():
    people = [make_user() for _number in range(8)]
    for person in people:
        with prepared_cursor() as cursor:
            cursor.execute(NAMED, [person.pk])
            assert cursor.fetchall() == [(person.username,)]


def test_it_is_counted_and_its_errors_are_those_of_django():
    with CaptureQueriesContext(connection) as captured, prepared_cursor() as cursor:
        cursor.execute(NAMED, [1])
    assert len(captured) == 1
    with pytest.raises(DatabaseError), prepared_cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


@pytest.mark.skipif(
    os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
    reason="LABELOPS_TEST_DATABASE=postgresql: SQLite keeps statements by itself",
)
def test_postgresql_keeps_it_from_its_third_time_on():
    for _time in range(4):
        with prepared_cursor() as cursor:
            cursor.execute(NAMED, [1])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%username%"]
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(("query", "expected"), [("", 2), ("?prepare_threshold=none", None)])
def test_a_pooler_may_refuse_to_keep_statements(tmp_path, query, expected):
    made = database(f"postgresql://localhost/x{query}", tmp_path)
    assert made["OPTIONS"]["prepare_threshold"] == expected
