"""Parquet, read by DuckDB as a table."""

import io
import json
import random
import subprocess
import sys

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import READERS, WRITERS, detect, parquet
from tasks.formats.items import ItemRecord, Working
from tasks.formats.problems import FileRefused, Problem
from tests.tasks.formats import image, image_context, read, record, text_context, write

BIRD = {"name": "bird", "type": "choice"}
STARS = {"name": "stars", "type": "rating"}
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=9)
STORED = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))


def table_of(records, context, folder):
    content, _written = write("parquet", records, context)
    path = folder / "table.parquet"
    path.write_bytes(content)
    found = duckdb.read_parquet(str(path))
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def test_a_row_has_the_columns_of_the_table_and_the_whole_answer(tmp_path):
    answer = {"bird": ["robin", "wren"], "stars": 4, "_path": {"tree": "t", "steps": []}}
    [row] = table_of([record("a", answer)], text_context(BIRD, STARS), tmp_path)
    assert json.loads(row.pop("answer")) == answer
    assert row == {
        "item": "a",
        "batch": "first",
        "text": "Hello",
        "bird": '["robin", "wren"]',
        "stars": 4,
        "undecidable": None,
        "source": "vote",
        "confidence": 0.75,
        "instruction_version": 1,
        "stale_since_version": None,
        "annotations": 2,
    }


@settings(max_examples=30)
@given(st.lists(STORED, min_size=1, max_size=9))
def test_any_text_is_kept_exactly_and_none_is_no_text(tmp_path_factory, texts):
    records = [record(f"i{n}", {"bird": text}, data={"text": text}) for n, text in enumerate(texts)]
    folder = tmp_path_factory.mktemp("parquet")
    rows = table_of([*records, record("none", data={})], text_context(BIRD), folder)
    assert [row["bird"] for row in rows] == [*texts, None]
    assert [row["text"] for row in rows] == [*texts, None]


def test_many_slices_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "SLICE_BYTES", 1_000)
    monkeypatch.setattr(parquet, "GROUP_BYTES", "1KB")
    records = [record(f"i{n}", {"bird": "robin" * 20}) for n in range(3_000)]
    rows = table_of(records, text_context(BIRD), tmp_path)
    assert [row["item"] for row in rows] == [f"i{n}" for n in range(3_000)]


def test_a_row_of_many_megabytes_goes_through(tmp_path):
    long = "ü" * 5_000_000
    [row] = table_of([record("a", {"bird": long})], text_context(BIRD), tmp_path)
    assert row["bird"] == long


def test_nothing_is_a_table_without_rows(tmp_path):
    assert table_of([], text_context(BIRD), tmp_path) == []


def test_images_have_their_objects_as_json(tmp_path):
    [row] = table_of([image("x.png", [{"box": [0, 0, 1, 1]}])], image_context(), tmp_path)
    assert json.loads(row["objects"])[0]["box"] == [0, 0, 1, 1]


def test_the_same_labels_give_the_same_bytes():
    records = [record(f"i{n}", {"bird": "robin"}) for n in range(100)]
    context = text_context(BIRD)
    assert write("parquet", records, context)[0] == write("parquet", records, context)[0]


def test_a_hostile_file_is_read_or_refused_in_known_ways():
    content, _written = write("parquet", [record(f"i{n}") for n in range(20)], text_context(BIRD))
    flips = random.Random(7)
    for _ in range(30):
        changed = bytearray(content)
        for _flip in range(flips.randint(1, 4)):
            changed[flips.randrange(4, len(changed))] = flips.randrange(256)
        for broken in (bytes(changed), bytes(changed[: flips.randrange(4, len(changed))])):
            try:
                rows = read("parquet", broken)
            except FileRefused:
                continue
            assert all(isinstance(row, ItemRecord | Problem | Working) for row in rows)


def rows_of(content, **context):
    return [row for row in read("parquet", content, **context) if not isinstance(row, Working)]


def of_query(query, folder):
    path = folder / "query.parquet"
    duckdb.sql(query).write_parquet(str(path))
    return path.read_bytes()


@settings(max_examples=8)
@given(st.lists(st.tuples(WORDS, st.integers(1, 5)), min_size=1, max_size=5))
def test_our_own_table_comes_back(labels):
    """Answers are equal, and written again they are the same bytes."""
    context = text_context(BIRD, STARS)
    records = [
        record(f"i{n}", {"bird": word, "stars": stars}, data={"text": word})
        for n, (word, stars) in enumerate(labels)
    ]
    content, _written = write("parquet", records, context)
    found = rows_of(content, schema=context.schemas[0])
    assert [(item.external_id, item.data) for item in found] == [
        (made.item, made.data) for made in records
    ]
    assert [item.labels[0].answer for item in found] == [made.answer for made in records]
    assert rows_of(content, schema=context.schemas[0], after=1) == found[1:]
    assert READERS["parquet"].measure(io.BytesIO(content)) == len(records)


def test_a_table_of_others_has_its_types(tmp_path):
    query = "SELECT 7 AS ID, 'x' AS text, DATE '2026-01-02' AS day, [1.5, NULL] AS list, 3 AS stars"
    content = of_query(f"{query} UNION ALL SELECT 8, NULL, NULL, NULL, NULL", tmp_path)
    schema = text_context(STARS).schemas[0]
    item, problem = rows_of(content, schema=schema)
    assert (item.external_id, item.labels[0].answer) == ("7", {"stars": 3})
    assert item.data == {"text": "x", "day": "2026-01-02", "list": [1.5, None]}
    assert (problem.code, problem.row) == ("missing_text", 2)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT 'a' AS id, 'x' AS text, 'b'::BLOB AS picture", "binary_cell"),
        ("SELECT 'a' AS id, 'x' AS text, 'nan'::DOUBLE AS score", "not_finite"),
        ("SELECT 'a' AS id, chr(0) AS text", "null_byte"),
    ],
)
def test_a_cell_that_cannot_be_kept_is_named(query, code, tmp_path):
    [row] = rows_of(of_query(query, tmp_path))
    assert row.code == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT 'a' AS name, 'x' AS text", "missing_column"),
        ("SELECT 'a' AS id, 'x' AS text WHERE false", "no_rows"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(query, code, tmp_path):
    with pytest.raises(FileRefused) as refusal:
        rows_of(of_query(query, tmp_path))
    assert refusal.value.problem.code == code


def test_without_duckdb_a_file_is_refused_with_the_way_out(monkeypatch):
    assert detect(io.BytesIO(b"PAR1")) == "parquet"
    monkeypatch.setattr(parquet, "is_available", lambda: False)
    with pytest.raises(FileRefused) as refusal:
        detect(io.BytesIO(b"PAR1"))
    assert "pip install duckdb" in str(refusal.value.problem.hint)


def test_without_duckdb_the_format_is_not_offered():
    look = "import sys; sys.modules['duckdb'] = None; from tasks.formats import READERS, WRITERS"
    run = [sys.executable, "-c", f"{look}; assert 'parquet' not in READERS; print(*WRITERS)"]
    offered = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert "parquet" in WRITERS
    assert offered == [name for name in WRITERS if name != "parquet"]
