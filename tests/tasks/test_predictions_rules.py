"""Rows of predictions against the rules of a project, without any database."""

import pytest

from tasks.formats.problems import RowRefused
from tasks.kinds import ItemFacts
from tasks.services.predictions import FoundItem, Rules

ITEMS = {"a": FoundItem(1, ItemFacts("text")), "b": FoundItem(2, ItemFacts("text"))}


@pytest.fixture
def rules():
    rating = {"name": "stars", "type": "rating", "min": 1, "max": 5, "required": True}
    return Rules({"controls": [rating]})


def judged(rules, answer, item="a"):
    return rules.judgement({"item": item, "answer": answer}, ITEMS)


@pytest.mark.parametrize("wrong", [True, 1.0, "1", [1], None, 6])
def test_an_answer_known_to_be_right_speaks_for_no_other_that_looks_alike(rules, wrong):
    assert judged(rules, {"stars": 1}).answer == {"stars": 1}
    with pytest.raises(RowRefused) as refused:
        judged(rules, {"stars": wrong}, "b")
    assert refused.value.problem.field == "answer.stars"
    assert judged(rules, {"stars": 1}, "b").item_id == 2


def test_where_items_matter_each_is_asked():
    spans = {"name": "names", "type": "spans", "labels": [{"value": "bird", "title": "bird"}]}
    rules = Rules({"controls": [spans]})
    long, short = ItemFacts("text", text="a robin"), ItemFacts("text", text="a")
    items = {"long": FoundItem(1, long), "short": FoundItem(2, short)}
    answer = {"names": [{"id": "s1", "start": 2, "end": 7, "label": "bird"}]}
    assert rules.judgement({"item": "long", "answer": answer}, items).item_id == 1
    with pytest.raises(RowRefused):
        rules.judgement({"item": "short", "answer": answer}, items)
