"""Every verb that a service writes is in words, and every object it is about is known."""

import ast

import pytest

from labelops.audit import words
from labelops.audit.differences import KEYS, TEXT_LENGTH, Difference, differences
from labelops.audit.subjects import subjects
from labelops.jobs.models import Job
from reviews.models import Lesson, Lot, Review, SecondLook
from reviews.services.detector_standings import Choice
from tasks.models import GoldItem, Task
from tests.test_architecture import sources

pytestmark = pytest.mark.once
# Verbs that services make of a state: what can stand behind the dot.
OF_STATES = {
    "announcement": ["confirmed", "put_away"],
    "assignment": ["skipped", "released", "expired", "revoked"],
    "detector": Choice.values,
    "gold": GoldItem.State.values,
    "job": [Job.State.DONE, Job.State.FAILED],
    "lesson": [Lesson.State.PUBLISHED, Lesson.State.RETIRED],
    "lot": [Lot.State.ACCEPTED, Lot.State.REJECTED, Lot.State.CANCELLED],
    "review": Review.Decision.values,
    "second_look": [SecondLook.State.UPHELD, SecondLook.State.OVERTURNED, "cancelled"],
    "suspension": ["upheld", "granted"],
    "task": [state for state in Task.State.values if state != Task.State.GOLD],
}


def written_verbs():
    """The texts and prefixes that services hand to `record`, read from the source."""
    verbs, prefixes = set(), set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if not is_call or node.func.id not in {"record", "record_each"} or len(node.args) < 3:
                continue
            verb = node.args[1]
            if isinstance(verb, ast.Constant):
                verbs.add(verb.value)
            elif isinstance(verb, ast.JoinedStr):
                prefixes.add(verb.values[0].value.rstrip("."))
    return verbs, prefixes


def test_every_verb_has_words():
    verbs, prefixes = written_verbs()
    assert len(verbs) > 100
    assert prefixes == set(OF_STATES)
    made = {f"{kind}.{state}" for kind, states in OF_STATES.items() for state in states}
    assert (verbs | made) - set(words.known_verbs) == set()


def test_every_verb_is_of_a_kind_with_a_title():
    titles = [kind.title for kind in words.kinds_of_verbs()]
    assert titles == sorted(titles, key=str.casefold)
    assert sum(len(kind.verbs) for kind in words.kinds_of_verbs()) == len(words.known_verbs)


def test_what_has_no_words_is_shown_as_it_is():
    assert words.of_verb("model.exploded") == "model.exploded"
    assert words.of_reason("because") == "because"


def test_paths_and_pages_of_objects_exist():
    assert {"tasks.batch", "reviews.lot", "datasets.datasetversion"} < set(subjects)
    for subject in subjects.values():
        rows = subject.model._base_manager.all()
        for path in filter(None, [subject.project, *(path for _name, path in subject.arguments)]):
            str(rows.values_list(path).query)
        str(rows.annotate(audit_name=subject.name).query) if not isinstance(
            subject.name, str
        ) else str(rows.values_list(subject.name).query)


def test_differences_are_told_key_by_key():
    before = {"state": "draft", "overlap": 2, "rule": {"min_size": 3, "on": True}, "teams": ["a"]}
    after = {"state": "draft", "overlap": 3, "rule": {"min_size": 3, "on": False}, "note": None}
    assert differences(before, after) == (
        [
            Difference("overlap", "2", "3"),
            Difference("rule · on", "yes", "no"),
            Difference("teams", "a", None),
            Difference("note", None, "nothing"),
        ],
        0,
    )
    assert differences(None, None) == ([], 0)


def test_differences_stay_short_and_printable():
    huge = {f"k{number}": "x" * 5_000 for number in range(KEYS + 2)} | {"half": "\ud800"}
    shown, more = differences(None, huge)
    assert (len(shown), more) == (KEYS, 3)
    assert max(len(one.after) for one in shown) == TEXT_LENGTH + 1
    [[odd], _none] = differences({"\ud800": [{"deep": ["\ud800"]}]}, None)
    assert (odd.key, odd.before) == ("?", '[{"deep": ["?"]}]')
