"""How severely lots are inspected, from the lots before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.quality.switching import Inspection, PastLot, Severity, inspection

pytestmark = pytest.mark.once


def after(marks, rules=1):
    """The inspection after a series such as "aar": accepted, accepted, rejected."""
    return inspection([PastLot(mark == "a", 1) for mark in marks], rules)


@pytest.mark.parametrize(
    ("marks", "severity"),
    [
        ("", "normal"),
        ("r", "normal"),
        ("raaar", "tightened"),
        ("raaaar", "normal"),
        ("rraaaa", "tightened"),
        ("rraaaaa", "normal"),
        ("rraaaaar", "normal"),
        ("aaaaaaaaa", "normal"),
        ("aaaaaaaaaa", "reduced"),
        ("aaaaaaaaaaaaa", "reduced"),
        ("aaaaaaaaaar", "normal"),
        ("aaaaaaaaaarr", "tightened"),
        ("rrrrrr", "tightened"),
        ("rrrrrrr", "stopped"),
        ("rrrarararr", "stopped"),
        ("rrrrrrra", "tightened"),
        ("rrrrrrraaaaa", "normal"),
        ("rrrrrrrrrrrr", "stopped"),
    ],
)
def test_the_severity_after_a_series(marks, severity):
    assert after(marks).severity == severity


def test_a_smaller_sample_needs_ten_lots_under_the_rules_of_today():
    assert after("a" * 10, rules=2).severity == Severity.NORMAL
    mixed = [PastLot(True, 1)] * 5 + [PastLot(True, 2)] * 9
    assert inspection(mixed, 2).severity == Severity.NORMAL
    assert inspection([*mixed, PastLot(True, 2)], 2).severity == Severity.REDUCED


def test_it_says_what_it_rests_on():
    assert after("rrrar") == Inspection(Severity.TIGHTENED, accepted=0, rejected=2)
    assert after("rraa") == Inspection(Severity.TIGHTENED, accepted=2, rejected=0)


@given(st.text(alphabet="ar", max_size=60))
def test_nothing_but_two_rejected_of_five_leaves_normal_for_tightened(marks):
    found = [after(marks[:length]).severity for length in range(len(marks) + 1)]
    for number in range(1, len(found)):
        if (found[number - 1], found[number]) == (Severity.NORMAL, Severity.TIGHTENED):
            assert marks[:number][-5:].count("r") >= 2
        if found[number] == Severity.REDUCED:
            assert marks[:number].endswith("a" * 10)
        if (found[number - 1], found[number]) == (Severity.TIGHTENED, Severity.NORMAL):
            assert marks[:number].endswith("a" * 5)
