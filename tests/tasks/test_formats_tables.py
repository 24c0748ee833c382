"""Tables and arrays of labels, read by what others read them with."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tasks.formats import image, image_context, read, record, text_context, write

BIRD = {"name": "bird", "type": "choice"}
FORMULAS = ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "\tx", "\rx", "'=x"]
STORED = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_json_is_one_array_with_an_object_on_each_line():
    records = [record("a", {"bird": "robin"}), record("b", {"bird": "wren"})]
    content, _written = write("json", records, text_context(BIRD))
    assert [line["item"] for line in json.loads(content)] == ["a", "b"]
    lines = content.decode().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("[", "]", 4)
    jsonl, _written = write("jsonl", records, text_context(BIRD))
    assert [json.loads(line) for line in jsonl.splitlines()] == json.loads(content)


def test_json_of_nothing_is_an_empty_array():
    assert json.loads(write("json", [], text_context(BIRD))[0]) == []


def test_json_of_an_image_names_its_size():
    [line] = json.loads(write("json", [image("x.png")], image_context())[0])
    assert (line["file"], line["width"], line["height"]) == ("x.png", 640, 480)


def test_the_raw_table_keeps_each_text_as_it_is():
    records = [record(text, {"bird": text}) for text in FORMULAS]
    raw = rows_of(write("csv-raw", records, text_context(BIRD))[0])
    assert [row["bird"] for row in raw] == FORMULAS
    safe = rows_of(write("csv", records, text_context(BIRD))[0])
    assert [row["bird"] for row in safe] == [f"'{text}" for text in FORMULAS[:-1]] + FORMULAS[-1:]
    assert safe[0].keys() == raw[0].keys()


@given(st.lists(STORED, min_size=1, max_size=9, unique=True))
def test_the_raw_table_imported_again_has_the_same_texts(texts):
    records = [record(f"i{n}", data={"text": text}) for n, text in enumerate(texts)]
    content, _written = write("csv-raw", records, text_context(BIRD))
    again = read("csv", content)
    assert [item.data["text"] for item in again] == texts


@pytest.mark.parametrize("name", ["csv", "csv-raw"])
def test_a_table_counts_the_walks_it_has_no_column_for(name):
    walked = record("a", {"bird": "robin", "_path": {"tree": "t", "steps": [["n", "yes"]]}})
    _content, written = write(name, [walked, record("b")], text_context(BIRD))
    assert written.left_out == {"path": 1}
