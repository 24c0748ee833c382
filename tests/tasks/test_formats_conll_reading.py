"""CoNLL as other tools write it, and our own, read back."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import detect
from tasks.formats.conll_reading import MAX_LINE
from tasks.formats.items import Content
from tasks.formats.problems import FileRefused, RowRefused
from tasks.kinds import ItemFacts
from tests.tasks.format_reading import answer_of, damaged, peak_of, replaced, rewritten, survives
from tests.tasks.formats import read, record, text_context, write

pytestmark = pytest.mark.once

LABELS = ("PER", "ORG", "first name", "first_name")
SPANS = {"name": "entities", "type": "spans", "labels": [{"value": label} for label in LABELS]}
PARTS = {**SPANS, "name": "parts", "labels": [{"value": "NP"}]}
SCHEMA = {"controls": [SPANS]}
CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER

Jim NNP I-NP I-PER
Ann NNP I-NP B-PER

-DOCSTART- (1 EU) -X- O

BRUSSELS NNP I-NP I-ORG
"""


def spans(row, text=None, control="entities"):
    [label] = row.labels
    text = row.data["text"] if text is None else text
    answer = answer_of(label, ItemFacts("text", text=text))
    return [(span["label"], text[span["start"] : span["end"]]) for span in answer.get(control, [])]


def texts(content, schema=SCHEMA, **keywords):
    return read("conll", content.encode(), schema=schema, file_name="news.conll", **keywords)


def tagged(*lines):
    return spans(texts("".join(f"{line}\n" for line in lines))[0])


def test_documents_of_other_tools_are_texts_with_sentences_as_lines():
    first, second = texts(CONLL_2003)
    assert (first.external_id, first.row, first.content) == ("news-1", 1, Content.REBUILT)
    assert first.data == {"text": "EU rejects Peter Blackburn\nJim Ann"}
    assert spans(first) == [
        ("ORG", "EU"),
        ("PER", "Peter Blackburn"),
        ("PER", "Jim"),
        ("PER", "Ann"),
    ]
    assert (second.external_id, second.row) == ("1 EU", 11)
    assert detect(io.BytesIO(CONLL_2003.encode())) == "conll"
    assert [row.row for row in texts(CONLL_2003, after=1)] == [11]


def test_without_documents_each_sentence_is_a_text():
    content = "\ufeff# id = 1\r\nNew York\tB-ORG \r\n#\tO\r\n\r\n\r\nHello\tO\r\n"
    first, second = texts(content)
    assert (first.external_id, first.row, first.data["text"]) == ("news-1", 2, "New York #")
    assert (second.external_id, second.row, spans(second)) == ("news-2", 6, [])
    assert [row.external_id for row in texts(content, after=2)] == ["news-2"]
    assert detect(io.BytesIO(content.encode())) == "conll"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a B-PER", "b I-PER", "c B-PER", "d O"], [("PER", "a b"), ("PER", "c")]),
        (
            ["a I-PER", "b I-PER", "c I-ORG", "d B-ORG"],
            [("PER", "a b"), ("ORG", "c"), ("ORG", "d")],
        ),
        (["a B-PER", "b I-PER", "c E-PER", "d S-PER"], [("PER", "a b c"), ("PER", "d")]),
        (
            ["a B-PER", "b L-PER", "c U-ORG", "d I-ORG"],
            [("PER", "a b"), ("ORG", "c"), ("ORG", "d")],
        ),
        (["a B-first_name", "b B-first_name_2"], [("first name", "a"), ("first_name", "b")]),
    ],
    ids=["BIO", "IOB1", "BIOES", "BILOU", "own"],
)
def test_schemes_of_tags(lines, expected):
    assert tagged(*lines) == expected


def test_columns_of_our_own_go_to_their_controls_and_others_to_the_last():
    schema = {"controls": [SPANS, PARTS]}
    [row] = texts("a\tB-PER\tO\nb\tO\tB-NP\n", schema)
    assert (spans(row), spans(row, control="parts")) == ([("PER", "a")], [("NP", "b")])
    [row] = texts("a\tX\tB-NP\nb\tX\tO\n", schema)
    assert (spans(row), spans(row, control="parts")) == ([], [("NP", "a")])


def test_tokens_are_looked_for_in_the_text_that_is_there():
    [row] = texts("Don\tB-PER\n'\tO\nt\tO\n")
    assert spans(row, " Don't\n") == [("PER", "Don")]
    for text in ("Dont", "Don' t or not", "", None):
        with pytest.raises(RowRefused) as refusal:
            answer_of(row.labels[0], ItemFacts("text", text=text))
        assert refusal.value.problem.code == "tokens_differ"


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.text(st.sampled_from("ab é1_.,'\n\t\u2028🐦e\u0301\u0939\u0940#"), min_size=1),
            st.sets(st.integers(0, 40), max_size=8),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_our_own_export_gives_the_same_bytes_again(drawn):
    context = text_context(SPANS, PARTS)
    records = []
    for number, (text, places) in enumerate(drawn):
        edges = sorted(place for place in places if place <= len(text))
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        marked = [
            {"id": f"o{n}", "label": LABELS[n % 4], "start": start, "end": end}
            for n, (start, end) in enumerate(pairs)
        ]
        answer = {"entities": marked[::2], "parts": [{**s, "label": "NP"} for s in marked]}
        records.append(record(f"item ({number})", answer, data={"text": f"x{text}"}))
    for given_record in records:
        content, _written = write("conll", [given_record], context)
        data = given_record.data
        facts = ItemFacts("text", text=data["text"])
        assert rewritten("conll", content, context, facts, data=data) == content


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ("a O\nb PER\n", "bad_tag", "line 2"),
        ("a O\nb X O\n", "ragged_row", "line 2"),
        ("a O\nb\n", "ragged_row", "line 2"),
        ("a O\nb\0 O\n", "null_byte", "line 2"),
        ("-DOCSTART- (a)\n\n", "missing_text", "-DOCSTART-"),
        ("-DOCSTART- (a\u0085b)\na O\n", "bad_id", "-DOCSTART-"),
        (f"-DOCSTART- ({'x' * 301})\na O\n", "id_too_long", "-DOCSTART-"),
        (f"a\tO\n{'b' * 1_000_000}\tO\n", "field_too_long", "line 2"),
    ],
    ids=["tag", "more", "less", "null", "empty", "control", "long", "text"],
)
def test_a_bad_text_is_named_and_the_others_are_read(content, code, field):
    separator = "\n" if content.startswith("a") else "-DOCSTART-\n"
    bad, good = texts(f"{content}{separator}z O\n")
    assert (bad.code, bad.field, bad.row) == (code, field, 1)
    assert good.data == {"text": "z"}


def test_a_file_that_is_no_good_says_why():
    for content, code in (
        (b"", "no_rows"),
        (b"# nothing\n\n", "no_rows"),
        (b"caf\xe9 O\n", "encoding"),
        (b"x" * (MAX_LINE + 1), "line_too_long"),
    ):
        with pytest.raises(FileRefused) as refusal:
            read("conll", content)
        assert refusal.value.problem.code == code


def test_projects_without_spans_say_so_where_there_are_any():
    schema = {"controls": [{"name": "a", "type": "text"}]}
    bad, empty = texts("a B-PER\n\nb O\n", schema)
    assert (bad.code, bad.field, empty.labels) == ("no_control", "line 1", ())
    assert [row.labels for row in texts("a B-PER\n", None)] == [()]


def test_tables_are_no_conll():
    for content in (b"id\ttext\n1\tO\n", b"id,text\n1,B-PER\n", b"Hello O\n", b"text\nO\nO\n"):
        assert detect(io.BytesIO(content)) == "csv"


@pytest.mark.parametrize("seed", range(60))
def test_damage_never_makes_the_reader_fail_in_an_unknown_way(seed):
    facts = ItemFacts("text", text="EU rejects Peter Blackburn\nJim Ann")
    survives("conll", damaged(CONLL_2003, seed).encode(), facts, schema=SCHEMA)


def test_memory_does_not_grow_with_the_number_of_texts():
    content = CONLL_2003.encode()
    peak_of("conll", content, schema=SCHEMA)
    assert peak_of("conll", content * 150, schema=SCHEMA) < 2_000_000


def test_each_cell_may_be_anything():
    for content in replaced(CONLL_2003, r"(\S+)"):
        survives("conll", content.encode(), schema=SCHEMA)
