import doctest

import pytest

from labelops import strict_json
from labelops.strict_json import StrictJSONError, check, loads


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(strict_json)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "empty"),
        (b"{", "bad_json"),
        (b"nul", "bad_json"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b"NaN", "not_finite"),
        (b"[-Infinity]", "not_finite"),
        (b"1e999", "not_finite"),
        (b"1e-320", "number_out_of_range"),
        (b"9223372036854775808", "number_out_of_range"),
        (b"1" * 5000, "number_out_of_range"),
        (b'"\\u0000"', "null_byte"),
        (b'"\\ud800"', "bad_unicode"),
        (b'{"a\\u0000": 1}', "null_byte"),
        ("é".encode("latin-1"), "encoding"),
        ('{"a": 1}'.encode("utf-16"), "encoding"),
        ('{"a": 1}'.encode("utf-16-le"), "encoding"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "too_deep"),
    ],
)
def test_what_programs_disagree_about_is_refused(source, code):
    with pytest.raises(StrictJSONError) as caught:
        loads(source)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"[" * 64 + b"]" * 64, None),
        ('"[[["', "[[["),
        ('"\\ud83d\\udc26"', "🐦"),
        (b"9223372036854775807", 2**63 - 1),
        (b"-0.0", 0.0),
    ],
)
def test_ordinary_json_is_read(source, value):
    assert value is None or loads(source) == value
    loads(source)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        (b'{"rows": [1, {"score": NaN}]}', "rows[1].score"),
        (b'{"a": {"b": 1e-320}, "c": 1e999}', "a.b"),
        (b"[[0], [" + b"9" * 5_000 + b"]]", "[1][0]"),
        (b'{"a": [{"b": 1, "b": 2}]}', "a[0]"),
        (b"NaN", ""),
        (b'{"a": NaN', ""),
    ],
)
def test_a_refused_value_is_named_by_its_path(source, path):
    with pytest.raises(StrictJSONError) as caught:
        loads(source)
    assert caught.value.path == path


def test_a_long_key_is_shortened_in_the_message():
    key = "x" * 1000
    with pytest.raises(StrictJSONError) as caught:
        loads(f'{{"{key}": 1, "{key}": 2}}')
    assert len(caught.value.message) < 150


def test_a_value_from_elsewhere_names_the_field_that_is_wrong():
    with pytest.raises(StrictJSONError) as caught:
        check({"rows": [{"score": float("nan")}]})
    assert caught.value.path == "rows[0].score"
