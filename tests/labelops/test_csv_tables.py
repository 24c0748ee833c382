"""Tables as CSV: safe to open in a spreadsheet, streamed, and nothing else is given."""

import doctest

import pytest
from django.test import RequestFactory

from labelops import spreadsheets
from labelops.csv_tables import csv_response, wants_csv
from labelops.errors import DomainError

pytestmark = pytest.mark.once


def test_cells_are_as_their_examples_say():
    result = doctest.testmod(spreadsheets)
    assert result.attempted
    assert not result.failed


def test_a_table_is_streamed_without_formulas():
    response = csv_response("board", ["name", "n"], [["=1+1", 3], ["a, b", None]])
    assert response.streaming
    assert response.headers["Content-Disposition"] == 'attachment; filename="board.csv"'
    assert b"".join(response).decode().splitlines() == ["name,n", "'=1+1,3", '"a, b",']


def test_only_csv_is_given():
    factory = RequestFactory()
    assert wants_csv(factory.get("/?as=csv"))
    assert not wants_csv(factory.get("/"))
    with pytest.raises(DomainError, match="csv"):
        wants_csv(factory.get("/?as=xlsx"))
