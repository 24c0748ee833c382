"""The slice finder of an evaluation, from the button to the segment; and the pages of segments."""

import numpy as np
import pytest
from django.urls import reverse

from datasets.models import Match, Segment, SliceFinding
from datasets.services import segments, slice_search
from datasets.services.item_set_kinds import read_item_set
from datasets.services.outcomes import outcomes_of
from labelops.errors import Conflict, DomainError
from labelops.jobs.services import run_job
from tasks.models import Item, Prediction, Task
from tests.datasets.evaluating import make_evaluation, make_match, store_outcomes
from tests.datasets.freezing import freeze, make_label
from tests.factories import (
    make_item,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
)

pytestmark = pytest.mark.django_db
COUNT = 400


@pytest.fixture
def evaluation(project, batch):
    """Of items that fail at night, and once in a while else."""
    Item.objects.bulk_create(
        Item(
            project=project,
            external_id=f"i{number}",
            data={
                "text": "t",
                "light": "night" if number % 5 == 0 else "day",
                "moon": "up" if number % 5 == 0 else "down",
                "n": str(number),
            },
        )
        for number in range(COUNT)
    )
    items = list(project.items.order_by("pk"))
    version = project.instruction_versions.get(state="published")
    Task.objects.bulk_create(
        Task(
            batch=batch,
            item=item,
            state=Task.State.ACCEPTED,
            result_answer={"species": "robin"},
            result_source="vote",
            result_version=version,
            settled_at=item.created_at,
        )
        for item in items
    )
    model = make_model_version(project)
    Prediction.objects.bulk_create(
        Prediction(
            model_version=model,
            item=item,
            answer={"species": "robin"},
            created_at=item.created_at,
        )
        for item in items
    )
    found = make_evaluation(freeze(project), model, item_count=COUNT)
    fails = np.random.default_rng(5).random(COUNT)
    Match.objects.bulk_create(
        Match(
            evaluation=found,
            item=item,
            truth=1,
            predicted=2 if fails[place] < (0.6 if place % 5 == 0 else 0.1) else 1,
            score=0.9,
        )
        for place, item in enumerate(items)
    )
    store_outcomes(found)
    return found


def test_failures_that_gather_are_told_in_a_sentence_and_saved_as_a_segment(
    client, project, mei, evaluation, monkeypatch
):
    client.force_login(mei)
    page = reverse("slices", args=[project.slug, evaluation.pk])
    assert b"Find the slices" in client.get(page).content
    assert client.post(f"{page}find/").status_code == 302
    search = slice_search.newest_search(evaluation)
    assert b"every 1s" in client.get(page).content
    with pytest.raises(Conflict, match="already"):
        slice_search.start(evaluation, by=mei)
    run_job(search.job_id, slice_search.run)
    # Run again after its end it does nothing.
    slice_search.run(search.job)
    finding = SliceFinding.objects.get()
    assert finding.conditions == [{"field": "data.light", "operator": "is", "values": ["night"]}]
    wrong = outcomes_of(evaluation).is_failing.sum()
    assert finding.inside_count + finding.outside_count == COUNT
    assert finding.inside_wrong + finding.outside_wrong == wrong
    assert finding.expected_low < finding.expected < finding.expected_high
    content = client.get(page).content.decode()
    assert "light is “night”" in content
    assert "elsewhere, 80 items." in content
    assert "Of further items like these expect" in content
    assert "The same items: moon is “up”." in content
    assert "fit into memory" not in content
    # Of very many items some are looked at, and the page says so.
    monkeypatch.setattr(slice_search, "ITEMS_MOST", COUNT // 2)
    some = slice_search.start(evaluation, by=mei)
    run_job(some.job_id, slice_search.run)
    assert "the 200 were drawn of 400" in client.get(page).content.decode()
    some.delete()

    given = {"set": "slice", "finding": str(finding.pk)}
    item_set = read_item_set(project, given)
    assert (item_set.title, item_set.count()) == ("light is “night”", COUNT // 5)
    with pytest.raises(DomainError, match="no such slice"):
        read_item_set(make_published_project(), given)
    create = reverse("segment_create", args=[project.slug]) + f"?set=slice&finding={finding.pk}"
    assert "whatever meets the conditions" in client.get(create).content.decode()
    assert client.post(create, {"name": "night", "keep": "live"}).status_code == 302
    assert client.post(create, {"name": "nights", "keep": "static"}).status_code == 302
    assert client.post(create, {"name": "night", "keep": "live"}).status_code == 422
    live, static = Segment.objects.order_by("pk")
    assert live.conditions == finding.conditions
    assert list(segments.items_of(live)) == list(segments.items_of(static))
    # What only a search knows is kept as it is.
    finding.conditions = [{"field": "object_count", "operator": "below", "values": [3]}]
    finding.save()
    assert "whatever meets" not in client.get(create).content.decode()


def test_a_search_that_finds_nothing_or_failed_says_what_is_next(client, project, batch, mei):
    client.force_login(mei)
    label = make_label(batch)
    model = make_model_version(project)
    evaluation = make_evaluation(freeze(project), model, finished_at=None)
    page = reverse("slices", args=[project.slug, evaluation.pk])
    assert b"data-key" not in client.get(page).content.partition(b'id="slices"')[2]
    with pytest.raises(Conflict, match="not finished"):
        slice_search.start(evaluation, by=mei)
    evaluation.finished_at = label.settled_at
    evaluation.save()
    client.post(f"{page}find/")
    client.post(f"{page}cancel/")
    assert b"Find the slices" in client.get(page).content
    search = slice_search.start(evaluation, by=mei)
    run_job(search.job_id, slice_search.run)
    assert b"Why it fails" in client.get(page).content
    expert = make_member(project.teams.get(), role="expert")
    client.force_login(expert)
    content = client.get(page).content
    assert b"Look again" not in content
    assert b"by the thresholds that the evaluation had then" in content


def test_a_segment_is_made_by_conditions_and_has_a_page(
    client, project, batch, mei, django_assert_max_num_queries
):
    client.force_login(mei)
    listed = reverse("segment_list", args=[project.slug])
    create = reverse("segment_create", args=[project.slug])
    assert b"A segment is a set" in client.get(listed).content
    foggy = make_item(project, data={"text": "a", "sky": "fog", "speed": 3})
    clear = make_item(project, data={"text": "b", "sky": "clear", "speed": 30})
    assert b"speed" in client.get(create).content

    def post(*rows, name="fog"):
        data = {"name": name, "conditions-TOTAL_FORMS": "3", "conditions-INITIAL_FORMS": "0"}
        for place, row in enumerate(rows):
            names = ("field", "operator", "values")
            data |= {
                f"conditions-{place}-{key}": text for key, text in zip(names, row, strict=True)
            }
        return client.post(create, data)

    for bad in (
        [],
        [("data.nothing", "is", "x")],
        [("data.sky", "is", " , ")],
        [("label", "below", "3")],
        [("width", "below", "wide")],
        [("data.sky", "is", "\x00")],
        [("data.sky", "near", "x")],
    ):
        assert post(*bad).status_code == 422, bad
    assert client.post(create, {"name": "x"}).status_code == 422
    made = post(("data.sky", "is", "fog, mist"), ("data.speed", "below", "10"))
    segment = Segment.objects.get()
    assert made.url == reverse("segment_detail", args=[project.slug, segment.pk])
    assert segment.conditions[0]["values"] == ["fog", "mist"]
    assert list(segments.items_of(segment)) == [foggy]
    assert post(("batch", "is", batch.name), name="of a batch").status_code == 302
    assert Segment.objects.first().conditions[0]["values"] == [str(batch.pk)]
    assert post(("label", "is", "Robin, egret"), name="of labels").status_code == 302
    assert Segment.objects.first().conditions[0]["values"] == ["robin", "egret"]

    model = make_model_version(project)
    for item, said in ((foggy, "wren"), (clear, "robin")):
        make_label(batch, item=item)
        make_prediction(model, item, said)
    evaluation = make_evaluation(freeze(project), model, item_count=2)
    make_match(evaluation, foggy, "robin", "wren")
    make_match(evaluation, clear, "robin", "robin")
    store_outcomes(evaluation)
    content = client.get(made.url).content.decode()
    assert "sky is “fog” or “mist” and speed under 10" in content
    assert "100.0 %" in content
    for name in range(8):
        segments.create_static(project, str(name), [foggy.pk], by=mei)
    with django_assert_max_num_queries(25):
        content = client.get(listed).content.decode()
    assert f"batch is {batch.name}" in content
    assert "label is “Robin” or “egret”" in content
    client.post(f"{made.url}rename/", {"name": "mist"})
    assert Segment.objects.filter(name="mist").exists()
    assert (
        "Another segment"
        in client.post(f"{made.url}rename/", {"name": "1"}, follow=True).content.decode()
    )
    client.post(f"{made.url}delete/")
    assert not Segment.objects.filter(name="mist").exists()
