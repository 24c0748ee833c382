import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats import detect, read_labels
from tasks.formats.items import ItemRecord
from tasks.formats.problems import FileRefused, Problem
from tests.tasks.formats import read

safe_text = st.text(
    st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40
).filter(lambda text: text.strip() == text)


def refused(format_name, content):
    with pytest.raises(FileRefused) as refusal:
        read(format_name, content)
    return refusal.value.problem


def written(rows, delimiter=","):
    stream = io.StringIO()
    lines = csv.writer(stream, delimiter=delimiter)
    lines.writerows([["external_id", "text"], *rows])
    return stream.getvalue().encode()


@given(st.lists(st.tuples(safe_text, safe_text), min_size=1, max_size=20))
def test_whatever_csv_can_hold_is_read_as_it_is(rows):
    records = read("csv", written(rows))
    assert [record.data["text"] for record in records] == [text for _id, text in rows]


@given(st.lists(st.tuples(safe_text, safe_text), min_size=1, max_size=20), st.data())
def test_reading_on_from_any_row_gives_the_rest(rows, data):
    content = written(rows)
    everything = read("csv", content)
    cut = data.draw(st.integers(0, len(everything) - 1))
    assert read("csv", content, after=everything[cut].row) == everything[cut + 1 :]


@given(st.binary(max_size=300))
def test_no_bytes_make_the_readers_fail_in_an_unknown_way(content):
    for format_name in ("csv", "jsonl", "json", "zip"):
        try:
            rows = read(format_name, content)
        except FileRefused:
            continue
        assert all(isinstance(row, ItemRecord | Problem) for row in rows)


@given(st.lists(st.dictionaries(safe_text, safe_text, max_size=3), max_size=5))
def test_jsonl_keeps_all_fields(objects):
    lines = [{"id": f"i{n}", "text": "t", **fields} for n, fields in enumerate(objects)]
    lines = [line for line in lines if line["text"] == "t" and "external_id" not in line]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    if not lines:
        return
    records = read("jsonl", content)
    assert all(isinstance(record, ItemRecord | Problem) for record in records)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_told_from_the_header(delimiter):
    [record] = read("csv", written([("a", "b")], delimiter))
    assert (record.external_id, record.data) == ("a", {"text": "b"})


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_is_read(ending):
    content = ending.join(["id,text", "a,one", "b,two", ""]).encode()
    assert [record.data["text"] for record in read("csv", content)] == ["one", "two"]


def test_a_line_separator_character_is_text_and_no_new_row():
    [record] = read("csv", "id,text\na,one\u2028two\n".encode())
    assert record.data["text"] == "one\u2028two"


def test_a_byte_order_mark_is_passed_over():
    [record] = read("csv", "\ufeffid,text\na,one\n".encode())
    assert record.external_id == "a"
    [record] = read("jsonl", '\ufeff{"id": "a", "text": "one"}\n'.encode())
    assert record.external_id == "a"


def test_ids_stay_text():
    rows = read("csv", b"id,text\n007,x\n__proto__,x\n1e3,x\n")
    assert [row.external_id for row in rows] == ["007", "__proto__", "1e3"]


def test_ids_that_look_alike_are_one_id():
    rows = read("csv", "id,text\ncaf\u00e9,x\ncafe\u0301 ,x\n".encode())
    assert rows[0].external_id == rows[1].external_id


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"", "empty_file", None),
        (b"\n\n", "empty_file", None),
        (b"id,text\n", "no_rows", None),
        (b"id,id\n1,2\n", "duplicate_header", 1),
        (b"id,Text,text\n1,2,3\n", "duplicate_header", 1),
        (b"id,,text\n1,2,3\n", "empty_header", 1),
        (b"id,words\n1,2\n", "missing_column", 1),
        (b"name,text\n1,2\n", "missing_column", 1),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n1\n", "too_many_columns", 1),
        (b'id,text\na,ok\nb,"never closed\nc,d\n', "unclosed_quote", 3),
        (b'id,text\na,"' + b"x" * 1_000_100 + b'"\n', "field_too_long", 2),
        (b"id,text\n" + b"x" * (9 * 2**20), "line_too_long", 2),
        ("id,text\na,x\n".encode("utf-16"), "utf16", None),
        ("id,text\na,x\n".encode("utf-16-le"), "utf16", None),
        ("id,text\na,Grüße\n".encode("cp1252"), "encoding", 2),
        ("id,text\na,Привет\n".encode("cp1251"), "encoding", 2),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, code, row):
    problem = refused("csv", content)
    assert (problem.code, problem.row) == (code, row)
    assert problem.message


def test_an_encoding_problem_names_the_byte():
    content = b"id,text\na,ok\nb," + b"\xff" + b"\n"
    assert refused("csv", content).params["offset"] == content.index(b"\xff")


def test_an_encoding_problem_at_the_end_names_the_byte():
    content = b"id,text\na,ok\nb,\xc3"
    assert refused("csv", content).params["offset"] == len(content) - 1


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (b"b", "ragged_row", None),
        (b"b,c,d", "ragged_row", None),
        (b"b,nu\0ll", "null_byte", "text"),
        (b",x", "missing_id", "id"),
        (b"   ,x", "missing_id", "id"),
        (b"b,", "missing_text", "text"),
        (b"b" * 301 + b",x", "id_too_long", "id"),
        (b"a\x07b,x", "bad_id", "id"),
        (b'b,"x"y', "bad_quote", None),
    ],
)
def test_a_bad_csv_row_is_named_and_the_others_are_read(line, code, field):
    first, bad, last = read("csv", b"id,text\na,one\n" + line + b"\nc,three\n")
    assert (bad.code, bad.row, bad.field) == (code, 3, field)
    assert (first.external_id, last.external_id) == ("a", "c")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"id": 1, "id": 2, "text": "x"}', "duplicate_key"),
        (b'{"id": "a", "text": "x", "n": NaN}', "not_finite"),
        (b'{"id": "a", "text": "x", "n": 1e999}', "not_finite"),
        (b'{"id": "a", "text": "x", "n": ' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"id": "a", "text": "nu\\u0000ll"}', "null_byte"),
        (b'{"id": "a", "text": "\\ud800"}', "bad_unicode"),
        (b'{"id": "a", "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b'{"id": "a", "text"', "bad_json"),
        (b'["id"]', "not_an_object"),
        (b'{"text": "x"}', "missing_id"),
        (b'{"id": true, "text": "x"}', "bad_id"),
        (b'{"id": 1.5, "text": "x"}', "bad_id"),
        (b'{"id": "a", "text": 7}', "bad_text"),
        (b'{"id": "a"}', "missing_text"),
    ],
)
def test_a_bad_jsonl_line_is_named_and_the_others_are_read(line, code):
    good = b'{"id": "z", "text": "fine"}\n'
    first, bad, last = read("jsonl", good + line + b"\n" + good)
    assert (bad.code, bad.row) == (code, 2)
    assert first.external_id == last.external_id == "z"


def test_a_line_without_end_is_refused_without_reading_it_all():
    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def seekable(self):
            return True

        def seek(self, offset, whence=0):
            self.given = 0
            return 0

        def readinto(self, buffer):
            count = min(len(buffer), 64 * 2**20 - self.given)
            buffer[:count] = b"x" * count
            self.given += count
            return count

    stream = io.BufferedReader(Endless())
    with pytest.raises(FileRefused) as refusal:
        read("jsonl", stream)
    assert refusal.value.problem.code == "line_too_long"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"id,text\n1,2\n", "csv"),
        (b"\xef\xbb\xbfid;text\n", "csv"),
        (b'  \n{"id": 1}', "jsonl"),
        (b"PK\x03\x04rest", "zip"),
        (b'\xef\xbb\xbf [{"id": 1}, ', "json"),
        (b"[", "json"),
        (b'[{"id": 1, "annotations": 2, "data": {"text": "x"}}]', "json"),
    ],
)
def test_the_format_is_told_from_content(content, expected):
    assert detect(io.BytesIO(content)) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \n ", "empty_file"),
        (b"%PDF-1.7", "format_not_supported"),
        (b"\x89PNG\r\n\x1a\n", "format_not_supported"),
        (b"<html>", "format_not_supported"),
        (b"\x1f\x8b\x08", "format_not_supported"),
        ("id,text".encode("utf-16"), "utf16"),
    ],
)
def test_what_is_no_import_says_what_it_is(content, code):
    with pytest.raises(FileRefused) as refusal:
        detect(io.BytesIO(content))
    assert refusal.value.problem.code == code


def test_labels_need_their_three_columns():
    content = b"item,annotator,label\n1,ana,robin\n1,,robin\n1,bo,\n"
    good, nobody, nothing = read_labels("csv", io.BytesIO(content))
    assert (good.item, good.annotator, good.label) == ("1", "ana", "robin")
    assert (nobody.code, nobody.field) == ("missing_id", "annotator")
    assert (nothing.code, nothing.field) == ("missing_label", "label")


def test_an_exported_line_is_an_item_again():
    line = {"item": "a", "answer": {"x": 1}, "batch": "b", "data": {"text": "hi", "lang": "en"}}
    [record] = read("jsonl", json.dumps(line).encode())
    assert (record.external_id, record.data) == ("a", {"text": "hi", "lang": "en"})


def test_values_are_shown_short_and_without_control_characters():
    problem = Problem("x", "y", value="a\x1b[31m" + "b" * 200, row=1)
    shown = problem.as_dict("f.csv")["value"]
    assert "\x1b" not in shown
    assert len(shown) < 100
