"""B 19-40: tables and JSON lines that programs disagree about."""

import zipfile

from tests.bad_input.corpus import BadFile
from tests.bad_input.corpus.archives import packed
from tests.factories import make_zip_bytes

OFFICE = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
STORM = "e" + "\u0301" * 1_000


def line(member):
    return b'{"id": "b", "text": "x"' + member + b"}\n"


def rows(*texts):
    return ("id,text\n" + "".join(f"{text}\n" for text in texts)).encode()


def table(row, name, content, code="", kept=0):
    return BadFile(row, name, lambda: content, code, kept)


FILES = [
    BadFile(19, "deep", lambda: b'{"id": 1, "text": ' + b"[" * 100_000 + b"\n", "too_deep"),
    table(20, "NaN", line(b', "n": NaN'), "not_finite"),
    table(20, "Infinity", line(b', "n": -Infinity'), "not_finite"),
    table(20, "1e999", line(b', "n": 1e999'), "not_finite"),
    table(21, "5,000 digits", line(b', "n": ' + b"9" * 5_000), "number_out_of_range"),
    table(21, "10^30", line(b', "n": 1' + b"0" * 30), "number_out_of_range"),
    table(21, "subnormal", line(b', "n": 1e-320'), "number_out_of_range"),
    table(21, "negative zero", line(b', "n": -0.0'), "", 1),
    table(22, "key twice", b'{"id": 1, "id": 2, "text": "x"}\n', "duplicate_key"),
    table(22, "key twice inside", line(b', "m": {"a": 1, "a": 2}'), "duplicate_key"),
    table(23, "null in JSON", b'{"id": 1, "text": "a\\u0000"}\n', "null_byte"),
    table(23, "null in a key", line(b', "a\\u0000": 1'), "null_byte"),
    table(23, "null in CSV", b"id,text\n1,a\0b\n", "null_byte"),
    table(24, "surrogate", b'{"id": 1, "text": "\\ud800"}\n', "bad_unicode"),
    table(25, "UTF-8 with a mark", b"\xef\xbb\xbf" + rows("a,\u00fc"), "", 1),
    table(25, "UTF-16", "id,text\n1,x\n".encode("utf-16"), "utf16"),
    table(25, "UTF-16 BE", "id,text\n1,x\n".encode("utf-16-be"), "utf16"),
    table(25, "cp1251", "id,text\n1,\u041f\u0440\u0438\n".encode("cp1251"), "encoding"),
    table(25, "latin-1", "id,text\n1,Gr\u00fc\u00dfe\n".encode("latin-1"), "encoding"),
    table(25, "mixed", "id,text\n1,\u0436".encode() + b"\xe9\n", "encoding"),
    BadFile(26, "one line", lambda: b'{"id": "' + b"x" * 20_000_000, "line_too_long"),
    BadFile(26, "array", lambda: b'[{"id": "' + b"x" * 20_000_000, "element_too_long"),
    table(26, "array on one line", b'[{"id": 1, "text": "x"}]', "", 1),
    table(26, "array cut short", b'[{"id": 1, "text": "x"},', "file_cut_short", 1),
    BadFile(27, "field", lambda: b'id,text\n1,"' + b"x" * 1_500_000 + b'"\n', "field_too_long"),
    BadFile(27, "131,073 characters", lambda: rows("a," + "x" * 131_073), "", 1),
    table(28, "open quote", b'id,text\n1,"x\n2,y\n', "unclosed_quote"),
    table(29, "short row", b"id,text\n1\n", "ragged_row"),
    table(29, "long row", b"id,text\n1,2,3\n", "ragged_row"),
    table(29, "header twice", b"id,id,text\n1,2,3\n", "duplicate_header"),
    table(29, "header in other case", b"id,ID,text\n1,2,3\n", "duplicate_header"),
    table(29, "header without name", b"id,,text\n1,2,3\n", "empty_header"),
    BadFile(
        29,
        "10,000 columns",
        lambda: b",".join(b"c%d" % n for n in range(10_000)) + b"\n",
        "too_many_columns",
    ),
    table(29, "header only", b"id,text\n", "no_rows"),
    table(29, "empty", b"", "empty_file"),
    table(30, "semicolons", b"id;text\na;x\nb;y\n", "", 2),
    table(30, "tabs", b"id\ttext\na\tx\nb\ty\n", "", 2),
    table(30, "line ends", b"id,text\r\na,x\rb,y\nc,z\r\n", "", 3),
    table(30, "line separators", rows("a,x\u2028y", "b,x\u0085y"), "", 2),
    BadFile(34, "sheet", lambda: make_zip_bytes(OFFICE), "office_file"),
    BadFile(
        34,
        "sheet with macros",
        lambda: make_zip_bytes(OFFICE | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
        "office_file",
    ),
    BadFile(
        34,
        "sheet that is a bomb",
        lambda: packed(
            *OFFICE.items(), ("xl/x.xml", b" " * 60_000_000), method=zipfile.ZIP_DEFLATED
        ),
        "archive_too_large",
    ),
    table(34, "old sheet", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "format_not_supported"),
    table(35, "id twice", rows("1,x", "1,y"), "duplicate_id", 1),
    table(35, "id with spaces", rows("1,x", " 1 ,y"), "duplicate_id", 1),
    table(35, "id composed", rows("\u00e9,x", "e\u0301,y"), "duplicate_id", 1),
    table(35, "id of the project", rows("old,something else"), "duplicate_id"),
    table(35, "id in capitals is another", rows("OLD,x"), "", 1),
    table(36, "no id", rows(",x"), "missing_id"),
    BadFile(36, "10 KB id", lambda: rows("1" * 10_000 + ",x"), "id_too_long"),
    table(36, "ids of programs", rows("constructor,x", "__proto__,y", "007,z", "7,q"), "", 4),
    table(
        36,
        "number and text",
        b'{"id": 1, "text": "x"}\n{"id": "1", "text": "y"}\n',
        "duplicate_id",
        1,
    ),
    table(37, "control characters", rows("a\x1b[31m,x"), "bad_id"),
    table(37, "storm of marks as id", rows(f"{STORM},x"), "id_too_long"),
    table(
        37,
        "what cannot be told apart",
        rows("\u202egnp.exe,\u202eturned", f"\u200ba,{STORM}", "\u0430dmin,x", "admin,y"),
        "",
        4,
    ),
]
READERS, TABLES = "tests/tasks/test_formats_readers.py", "tests/tasks/test_formats_tables.py"
COVERED = {
    26: [f"{READERS}::test_a_line_without_end_is_refused_without_reading_it_all"],
    31: [f"{TABLES}::test_the_raw_table_keeps_each_text_as_it_is"],
    36: ["tests/tasks/test_kinds_schema.py::test_names_of_javascript_objects_are_ordinary_values"],
}

# 39: what stands for a moment but is none. A time without a zone is read in that of its sender.
DATES = [
    "0000-00-00",
    "0000-00-00T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:00:00+99:00",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    10**18,
    1e18,
    "tomorrow",
    "",
    True,
    ["2026-01-01"],
]
# 40: what is no boolean, though some programs take it for one.
NO_BOOLEANS = ["true", "True", "yes", "on", 1, 0, "1", "", [], {}, None]
