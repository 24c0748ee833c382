"""The job behind vectors: computed or brought, killed anywhere, and what sets are made of them."""

import io
import json

import numpy as np
import pytest

from datasets.analysis import projection
from datasets.models import ItemMap, ItemSelection, VectorSet
from datasets.services import item_features, segments, vector_jobs
from datasets.services.item_set_kinds import read_item_set
from datasets.services.item_sets import members_of
from datasets.services.vectors import table_of, vectors_of
from labelops.errors import Conflict, DomainError
from labelops.jobs.services import run_job
from labelops.media import storage
from tasks.models import Item
from tests.datasets.evaluating import evaluate_labels
from tests.datasets.freezing import freeze, make_label
from tests.datasets.vectors import make_vector_set
from tests.factories import make_item, make_model_version, make_prediction

pytestmark = pytest.mark.django_db
BIRDS = ("a robin sings in the garden", "a wren sleeps in the hedge all day", "gulls at the sea")


@pytest.fixture(autouse=True)
def short_layout(monkeypatch):
    """A map that is less pretty, and done in a third of the time."""
    monkeypatch.setattr(projection, "PARTS", 1)


class Killed(BaseException):
    """What no service catches."""


@pytest.fixture
def texts(project):
    """Thirty texts of three kinds; those of gulls were written at night."""
    return [
        make_item(
            project,
            external_id=f"t{number}",
            data={"text": f"{BIRDS[number % 3]} {number // 3}"}
            | ({"time": "night"} if number % 3 == 2 else {}),
        )
        for number in range(30)
    ]


def work(vector_set):
    run_job(vector_set.job_id, vector_jobs.run)
    return VectorSet.objects.get(pk=vector_set.pk)


def ids_of(project, **query):
    chosen = read_item_set(project, query)
    return [member.item_id for page in members_of(chosen) for member in page]


def kind_of(item):
    return BIRDS.index(next(bird for bird in BIRDS if item.data["text"].startswith(bird)))


def test_texts_get_vectors_a_map_and_sets_and_later_items_by_the_same_rule(
    project, texts, mei, monkeypatch
):
    with pytest.raises(DomainError, match="Nothing is known yet"):
        ids_of(project, set="similar", item=str(texts[0].public_id))
    made = vector_jobs.start_building(project, by=mei)
    with pytest.raises(Conflict):
        vector_jobs.start_building(project, by=mei)
    made = work(made)
    assert (made.vector_count, made.map.point_count, made.map.stamp) == (30, 30, made.stamp)
    night = [cluster["traits"] for cluster in made.map.clusters if cluster["traits"]]
    assert [cluster["size"] for cluster in made.map.clusters] == [10, 10, 10]
    assert ["night", 1.0, 3.0] in [trait for traits in night for trait in traits]
    like = ids_of(project, set="similar", item=str(texts[0].public_id))
    assert len(like) == 29
    assert texts[0].pk not in like
    assert {kind_of(Item.objects.get(pk=pk)) for pk in like[:9]} == {0}
    # A new one is compared at once, and found once the job has run again.
    new = make_item(project, external_id="new", data={"text": BIRDS[0]})
    assert ids_of(project, set="similar", item=str(new.public_id))[0] in like + [texts[0].pk]
    before = table_of(made)
    learned = []
    monkeypatch.setattr(item_features, "learn", lambda *_args, **_more: learned.append(1))
    made = work(vector_jobs.start_building(project, by=mei))
    assert made.vector_count == 31
    assert not learned
    np.testing.assert_array_equal(table_of(made).matrix[:30], before.matrix)
    assert new.pk in ids_of(project, set="similar", item=str(texts[0].public_id))


def test_a_computing_that_is_killed_between_chunks_goes_on_and_a_grown_project_learns_anew(
    project, texts, mei, monkeypatch
):
    monkeypatch.setattr(item_features, "CHUNK", 8)
    made = vector_jobs.start_building(project, by=mei)
    read, calls = item_features.read, []

    def dying(*given):
        calls.append(given)
        if len(calls) == 3:
            raise Killed
        return read(*given)

    monkeypatch.setattr(item_features, "read", dying)
    with pytest.raises(Killed):
        run_job(made.job_id, vector_jobs.run)
    made.job.refresh_from_db()
    assert (made.job.done_count, VectorSet.objects.get().vector_count) == (16, 0)
    type(made.job).objects.update(heartbeat_at="2026-01-01T00:00Z")
    made = work(made)
    # The chunks of before are not read again, and blocks are put together.
    assert [call[2][0].external_id for call in calls] == ["t0", "t8", "t16", "t16", "t24"]
    assert (made.vector_count, made.blocks.count()) == (30, 1)
    VectorSet.objects.update(learned_count=7)
    Item.objects.filter(pk=texts[3].pk).delete()
    monkeypatch.setattr(item_features, "read", read)
    again = work(vector_jobs.start_building(project, by=mei))
    assert again.learned_count == again.vector_count == 29
    assert texts[3].pk not in table_of(again).ids


def sent(*rows):
    return io.BytesIO(b"".join(json.dumps(row).encode() + b"\n" for row in rows))


def test_a_file_is_taken_in_by_item_and_each_wrong_row_is_named(project, texts, mei):
    good = [
        {"item": item.external_id, "vector": [1, number, 0]} for number, item in enumerate(texts)
    ]
    wrong = [
        {"item": "t0", "vector": [1, 2]},
        {"item": "t0", "vector": [1, None, 0]},
        {"item": "nobody", "vector": [1, 2, 3]},
        {"item": "t0", "vector": [0, 0, 0]},
        {"item": "t0"},
        {"item": "t0", "vector": "x"},
        {"item": "t0", "vector": [1, 2, 3], "score": 1},
        [1],
        {"item": "t" * 301, "vector": [1, 2, 3]},
        {"item": None, "vector": [1, 2, 3]},
    ]
    start = {"name": "ours", "file_name": "v.jsonl", "by": mei}
    made = work(vector_jobs.start_file(project, file=sent(*good, *wrong), **start))
    assert (made.vector_count, made.dimensions, made.job.state) == (30, 3, "done")
    assert [(error["row"], error["code"]) for error in made.job.errors] == [
        (31, "wrong_length"),
        (32, "not_finite"),
        (33, "unknown_item"),
        (34, "zero_vector"),
        (35, "missing_field"),
        (36, "not_a_list"),
        (37, "unknown_field"),
        (38, "not_an_object"),
        (39, "unknown_item"),
        (40, "not_text"),
    ]
    assert made.job.errors[1]["file"] == "v.jsonl"
    assert made.job.errors[1]["field"] == "vector.1"
    assert not storage.exists(made.job.payload["file"])
    table = table_of(made)
    # The same again, and one that has changed.
    rows = [*good, {"item": "t1", "vector": [1e300, 0, 0]}]
    made = work(vector_jobs.start_file(project, file=sent(*rows), **start))
    assert made.vector_count == 30
    assert made.blocks.count() == 1
    places = np.flatnonzero((table_of(made).matrix != table.matrix).any(axis=1))
    assert table.ids[places].tolist() == [texts[1].pk]
    for rows, message in (
        ([{"item": "t0", "vector": []}], "v.jsonl, row 1: The vector is a list of 1 to"),
        ([[1]], "row 1: The line is not a JSON object"),
        ([], "The file is empty"),
    ):
        with pytest.raises(DomainError, match=message):
            vector_jobs.start_file(project, file=sent(*rows), **start)
    vector_jobs.start_building(project, by=mei)
    with pytest.raises(DomainError, match="computed here"):
        vector_jobs.start_file(project, file=sent(*good), **start | {"name": "built-in"})


def test_a_stopped_file_leaves_nothing_and_a_set_goes_with_its_map(project, texts, mei):
    row = {"item": "t0", "vector": [1, 0]}
    start = {"name": "ours", "file_name": "v.jsonl", "by": mei}
    made = vector_jobs.start_file(project, file=sent(row), **start)
    with pytest.raises(Conflict):
        vector_jobs.delete_set(made, by=mei)
    vector_jobs.stop(made, by=mei)
    assert not storage.exists(made.job.payload["file"])
    with pytest.raises(Conflict):
        vector_jobs.stop(made, by=mei)
    made = work(vector_jobs.start_file(project, file=sent(row), **start))
    assert ItemMap.objects.get().point_count == 1
    vector_jobs.delete_set(made, by=mei)
    with pytest.raises(Conflict, match="deleted this meanwhile"):
        vector_jobs.delete_set(made, by=mei)
    assert not VectorSet.objects.exists()
    assert not ItemMap.objects.exists()


def test_sets_by_vectors_keep_to_their_scope_and_order(project, batch, mei):
    dice = np.random.default_rng(1)
    tasks = [make_label(batch, name=f"a{number}") for number in range(20)]
    items = [task.item for task in tasks] + [make_item(project) for _number in range(5)]
    vectors = {item: dice.normal(size=4) + (8, 0, 0, 0) for item in items}
    vectors[items[7]] = vectors[items[3]]
    vectors[items[21]] = (-1, 5, -5, 0)
    made = make_vector_set(project, vectors)
    made = work(vector_jobs.start_map(made, by=mei))
    version = freeze(project)
    seed = str(items[0].public_id)
    everything = ids_of(project, set="similar", item=seed, vectors=str(made.pk))
    assert everything[-1] == items[21].pk
    assert len(everything) == 24
    segment = segments.create_static(project, "two", [items[0].pk, items[21].pk], by=mei)
    like_two = ids_of(project, set="similar", segment=str(segment.pk))
    assert len(like_two) == 23
    assert not {items[0].pk, items[21].pk} & set(like_two)
    unlabeled = ids_of(project, set="similar", item=seed, scope="unlabeled")
    assert unlabeled == [pk for pk in everything if pk in {item.pk for item in items[20:]}]
    split = version.entries.exclude(item=items[0]).first().split
    members = set(version.entries.filter(split=split).values_list("item", flat=True))
    scoped = ids_of(project, set="similar", item=seed, scope=f"{version.number}.{split}")
    assert scoped == [pk for pk in everything if pk in members]
    assert ids_of(project, set="outliers")[0] == items[21].pk
    assert ids_of(project, set="duplicates") == [items[3].pk, items[7].pk]
    entries = version.entries.filter(item__in=[items[3].pk, items[7].pk])
    pair = len(set(entries.values_list("split", flat=True))) > 1
    across = ids_of(project, set="duplicates", dataset=str(version.number))
    assert across == ([items[3].pk, items[7].pk] if pair else [])
    clustered = ids_of(project, set="cluster", cluster="1")
    assert len(clustered) == made.map.clusters[0]["size"]
    _ids, rows = vectors_of(made, clustered)
    typicality = rows @ rows.mean(axis=0)
    assert (np.diff(typicality) < 1e-6).all()
    model = make_model_version(project)
    make_prediction(model, items[2], {"species": "wren"})
    evaluation = evaluate_labels(version, model, {items[2]: "wren"})
    failing = [
        pk
        for number in range(1, len(made.map.clusters) + 1)
        for pk in ids_of(project, set="cluster", cluster=str(number), evaluation=str(evaluation.pk))
    ]
    assert failing == [items[2].pk]
    packed = np.array([items[1].pk, items[4].pk], "<i8").tobytes()
    chosen = ItemSelection.objects.create(
        project=project, packed_items=packed, item_count=2, created_by=mei
    )
    assert ids_of(project, set="selection", selection=str(chosen.pk)) == [items[1].pk, items[4].pk]
    for wrong in (
        {"set": "similar", "item": "x"},
        {"set": "similar", "item": seed, "scope": "9.train"},
        {"set": "similar", "item": seed, "scope": "1.tr\x00ain"},
        {"set": "similar", "item": seed, "vectors": "999"},
        {"set": "similar", "segment": "0"},
        {"set": "cluster", "cluster": "99"},
        {"set": "cluster", "cluster": "1", "evaluation": "x"},
        {"set": "selection", "selection": "0"},
    ):
        with pytest.raises(DomainError):
            read_item_set(project, wrong)
