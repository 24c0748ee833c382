"""Parquet, read by DuckDB as a table."""

import json
import subprocess
import sys

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import WRITERS, parquet
from tests.tasks.formats import image, image_context, record, text_context, write

BIRD = {"name": "bird", "type": "choice"}
STARS = {"name": "stars", "type": "rating"}
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


def test_without_duckdb_the_format_is_not_offered():
    look = "import sys; sys.modules['duckdb'] = None; from tasks.formats import WRITERS"
    run = [sys.executable, "-c", f"{look}; print(*WRITERS)"]
    offered = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert "parquet" in WRITERS
    assert offered == [name for name in WRITERS if name != "parquet"]
