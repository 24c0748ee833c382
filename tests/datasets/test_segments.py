"""Segments: what is kept, what conditions find, and what holds on to one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from datasets.analysis.conditions import Condition
from datasets.models import Scenario, Segment, SegmentItem
from datasets.reports.condition_words import sentences_of
from datasets.services import item_sets, segments
from datasets.services.condition_queries import items_meeting
from datasets.services.item_set_kinds import read_item_set
from datasets.services.item_sets import first_ids, members_of
from datasets.services.sets.items import read_items
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from tasks.models import Item, ItemTag, LabelClass, Task
from tests.datasets.evaluating import evaluate_labels
from tests.datasets.freezing import freeze, make_label
from tests.factories import (
    make_batch,
    make_item,
    make_labeled_task,
    make_model_version,
    make_prediction,
    make_published_project,
    settle,
)

pytestmark = pytest.mark.django_db

VALUES = [
    *(None, True, False, 0, 1, 3, 3.0, 2.5, -4, 1e-7, 10**20, "", "1", "true", "3", "3.0", " 3"),
    *("night", "nïght", 'a"b', "2026-05-01", "2026-05-01T09:30", "2026-04-30", "1e400", "1e3"),
    *([], [1], {}, {"a": 1}),
]
EDGES = [0, 1, 2.5, 3, -4, 1e-7, 1e20, "2026-05-01", "2026-05-02"]


def names(rows):
    return set(rows.values_list("external_id", flat=True))


def test_the_database_means_by_each_condition_what_the_slice_finder_means(project):
    for place, value in enumerate(VALUES):
        make_item(project, external_id=str(place), data={"it's": value, "text": "a"})
    make_item(project, external_id="none", data={"text": "a"})
    field = "data.it's"
    asked = [Condition(field, "missing"), Condition(field, "is", ("night", "1"))]
    asked += [Condition(field, "is", (text,)) for text in ("", "true", "3", "3.0", "nïght", 'a"b')]
    asked += [
        Condition(field, operator, (edge,)) for edge in EDGES for operator in ("below", "at_least")
    ]
    known = {str(place): value for place, value in enumerate(VALUES)} | {"none": None}
    for condition in asked:
        wanted = {name for name, value in known.items() if condition.holds(value)}
        # What cannot be compared is missing to the database: an object and a list are no value.
        if condition.operator == "missing":
            wanted |= {name for name, value in known.items() if isinstance(value, list | dict)}
        assert names(items_meeting(project, [condition])) == wanted, condition


def test_facts_of_items_are_asked_of_the_rows_that_tell_them(project, batch, mei):
    other = make_batch(project, name="other")
    task = make_labeled_task(batch, "robin", authors=[mei])
    settle(task, {"species": "robin"})
    long_ago = timezone.now() - timedelta(days=900)
    label = make_label(other, "wren", settled_at=long_ago, text="four words of text")
    LabelClass.objects.create(task=label, project=project, control="species", value="wren")
    wide = make_item(project, external_id="wide", data={}, width=400, height=100)
    Item.objects.filter(pk=wide.pk).update(created_at=long_ago)
    Item.objects.filter(pk=task.item_id).update(external_id="robin")
    Item.objects.filter(pk=label.item_id).update(external_id="wren")
    gold = make_item(project, external_id="gold", data={"text": "1234567"})
    Task.objects.create(batch=batch, item=gold, state=Task.State.GOLD)
    ItemTag.objects.create(project=project, item=wide, name="odd", created_by=mei)
    version = freeze(project)
    split = version.entries.get(item=label.item_id).split
    model = make_model_version(project)
    for item in (task.item, label.item):
        make_prediction(model, item, "robin")
    evaluation = evaluate_labels(version, model, {task.item: "robin", label.item: "robin"})
    day = (datetime.now(UTC) - timedelta(days=400)).date().isoformat()
    number = str(project.instruction_versions.get().number)

    def found(field, operator, *values):
        row = {"field": field, "operator": operator, "values": list(values)}
        return names(items_meeting(project, segments.check_conditions([row])))

    assert found("label", "is", "wren") == {"wren"}
    assert found("label", "missing") == {"wide", "gold"}
    assert found("batch", "is", str(other.pk)) == {"wren"}
    assert found("batch", "missing") == {"wide", "gold"}
    assert found("state", "is", "accepted", "gold") == {"robin", "wren"}
    assert found("source", "is", "vote") >= {"wren"}
    assert found("instruction", "is", number) == {"robin", "wren"}
    assert found("instruction", "below", 1) == set()
    assert found("annotator", "is", str(mei.pk)) == {"robin"}
    assert found("labeled", "below", day) == {"wren"}
    assert found("imported", "at_least", day) == {"robin", "wren", "gold"}
    assert found("tag", "is", "odd") == {"wide"}
    assert found("split", "is", f"{version.number}/{split}") >= {"wren"}
    assert found("split", "missing") == {"wide", "gold"}
    assert found("failing", "is", str(evaluation.pk)) == {"wren"}
    failing = Condition("failing", "is", (str(evaluation.pk), "999"))
    words = f"wrong in evaluation is {evaluation.pk} ({evaluation}) or 999 (deleted)"
    assert sentences_of(project, [[failing]]) == [words]
    assert found("width", "at_least", 400.5) == set()
    assert found("width", "is", "400") == {"wide"}
    assert found("aspect", "at_least", 4) == {"wide"}
    assert found("text_length", "is", "7", "18") == {"gold", "wren"}
    everything = [{"field": "imported", "operator": "below", "values": ["2999-01-01"]}]
    foreign = make_published_project()
    make_item(foreign)
    assert len(names(items_meeting(project, segments.check_conditions(everything)))) == 4


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        (None, "no_conditions"),
        ([], "no_conditions"),
        ([{}] * 13, "too_many_conditions"),
        (["width"], "not_a_condition"),
        ([{"field": "password", "operator": "is", "values": ["x"]}], "unknown_field"),
        ([{"field": 'data.a"b', "operator": "missing"}], "unknown_field"),
        ([{"field": "label", "operator": "below", "values": [3]}], "unknown_operator"),
        ([{"field": "width", "operator": "near", "values": [3]}], "unknown_operator"),
        ([{"field": "width", "operator": "is", "values": ["wide"]}], "bad_value"),
        ([{"field": "width", "operator": "is", "values": [3]}], "bad_value"),
        ([{"field": "imported", "operator": "below", "values": ["2026-02-31"]}], "bad_value"),
        ([{"field": "batch", "operator": "is", "values": ["1e400"]}], "bad_value"),
        ([{"field": "data.a", "operator": "is", "values": []}], "bad_number_of_values"),
        ([{"field": "data.a", "operator": "is", "values": ["\x00"]}], "bad_value"),
        ([{"field": "data.a", "operator": "below", "values": [True]}], "bad_value"),
        ([{"field": "data.a", "operator": "missing", "values": "a"}], "bad_value"),
    ],
)
@pytest.mark.once
def test_what_is_no_condition_is_refused_with_its_place(conditions, code):
    with pytest.raises(DomainError) as refused:
        segments.check_conditions(conditions)
    assert refused.value.code == code


def test_a_segment_is_kept_renamed_and_deleted_unless_a_test_was_made_from_it(
    project, batch, mei, monkeypatch, django_assert_max_num_queries
):
    items = [make_item(project) for _ in range(3)]
    foreign = make_item(make_published_project())
    with django_assert_max_num_queries(12):
        chosen = segments.create_static(
            project, " chosen ", [items[0].pk, items[0].pk, foreign.pk, 10**12], by=mei
        )
    assert (chosen.name, chosen.item_count) == ("chosen", 1)
    assert list(segments.items_of(chosen)) == items[:1]
    picked = read_items(project, {"ids": f"{items[1].public_id},{items[2].public_id}"})
    from_set = segments.create_from_set(project, "set", picked, by=mei)
    assert list(segments.items_of(from_set)) == items[1:]
    live = segments.create_live(
        project, "all", [{"field": "data.no", "operator": "missing"}], by=mei
    )
    for segment, count in ((chosen, 1), (live, None)):
        item_set = read_item_set(project, {"set": "segment", "segment": str(segment.pk)})
        assert (item_set.title, item_set.count()) == (segment.name, count)
        assert item_set.page("", 10).rows[0].item_id == items[0].pk
    for number in ("", "x", "9" * 19, str(chosen.pk + 99)):
        with pytest.raises(DomainError, match="no such segment"):
            read_item_set(project, {"set": "segment", "segment": number})
    with pytest.raises(DomainError, match="no such segment") as refused:
        read_item_set(foreign.project, {"set": "segment", "segment": str(chosen.pk)})
    assert "lists those that are there" in str(refused.value.hint)
    assert (segments.items_of(live).count(), live.item_count) == (3, None)
    with pytest.raises(Conflict, match="has this name"):
        segments.rename(live, "chosen", by=mei)
    assert segments.rename(live, "every one", by=mei).name == "every one"
    with pytest.raises(Conflict, match="has this name"):
        segments.create_static(project, "set", [items[0].pk], by=mei)
    with pytest.raises(DomainError, match="no items"):
        segments.create_static(project, "none", [foreign.pk], by=mei)
    with pytest.raises(DomainError, match="no such field"):
        segments.create_live(project, "odd", [{"field": "x", "operator": "missing"}], by=mei)
    monkeypatch.setattr(segments, "ITEMS_MOST", 1)
    with pytest.raises(DomainError, match="at most 1"):
        segments.create_from_set(project, "many", picked, by=mei)

    make_label(batch)
    Scenario.objects.create(
        project=project,
        name="night",
        dataset_version=freeze(project),
        segment=chosen,
        bar_percent=90,
        item_count=1,
        created_by=mei,
    )
    with pytest.raises(Conflict, match="night"):
        segments.delete(chosen, by=mei)
    segments.delete(from_set, by=mei)
    for too_late in (segments.delete, lambda *_, by: segments.rename(from_set, "x", by=by)):
        with pytest.raises(Conflict) as gone:
            too_late(from_set, by=mei)
        assert gone.value.code == "gone"
    assert (Segment.objects.count(), SegmentItem.objects.count()) == (2, 1)
    verbs = Event.objects.filter(verb__startswith="segment.").values_list("verb", flat=True)
    assert sorted(verbs) == ["segment.created"] * 3 + ["segment.deleted", "segment.renamed"]


def test_a_live_segment_asks_a_limited_number_of_items_at_once(
    client, project, mei, monkeypatch, django_assert_num_queries
):
    fitting = [
        make_item(project, data={"text": "a", "sky": "fog" if place in {2, 3, 11} else "clear"})
        for place in range(14)
    ]
    fitting = [fitting[place].pk for place in (2, 3, 11)]
    conditions = [{"field": "data.sky", "operator": "is", "values": ["fog"]}]
    segment = segments.create_live(project, "fog", conditions, by=mei)
    query = {"set": "segment", "segment": str(segment.pk)}
    monkeypatch.setattr(item_sets, "ASKED_MOST", 4)
    item_set = read_item_set(project, query)
    pages, cursor = [], ""
    while not pages or cursor:
        with django_assert_num_queries(2):
            page = item_set.page(cursor, 2 if pages else 1)
        pages.append(([member.item_id for member in page.rows], page.is_cut))
        cursor = page.next_cursor
    # Full; cut after the 4th to the 7th item, and after the 8th to the 11th; then the rest.
    first, second, third = fitting
    assert pages == [([first], False), ([second], True), ([], True), ([third], False)]

    client.force_login(mei)
    address = reverse("examine", args=[project.slug])
    shown = client.get(address, query)
    assert b"shows those that fit" in shown.content
    shown = client.get(address, query | {"cursor": shown.context["page"].next_cursor})
    assert b"looked at here fits" in shown.content
    assert b"Next page" in shown.content

    assert [member.item_id for chunk in members_of(item_set) for member in chunk] == fitting
    monkeypatch.setattr(item_sets, "CUT_MOST", 2)
    assert first_ids(item_set, 1) == [first]
    with pytest.raises(DomainError, match="too many"):
        segments.create_from_set(project, "kept", item_set, by=mei)
    edit = reverse("bulk_edit", args=[project.slug])
    refused = client.get(edit, query | {"act": "tag"})
    assert (refused.status_code, b"Tag what you find" in refused.content) == (400, True)
