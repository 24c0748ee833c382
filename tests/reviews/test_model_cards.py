"""The card of a model beside the people, its mix-ups, and the items behind each number."""

import csv
import io

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import ModelCheck, ModelStanding
from reviews.services import anchoring
from tasks.services import tallies
from tests.factories import (
    make_batch,
    make_grant,
    make_member,
    make_model_version,
    make_published_project,
    make_task,
    make_team,
)
from tests.reviews.suggested import make_suggested

pytestmark = pytest.mark.django_db


def make_model_checks(version, batch, pairs):
    """A decided check a pair of what the model said and what was right."""
    now = timezone.now()
    return ModelCheck.objects.bulk_create(
        ModelCheck(
            model_version=version,
            task=make_task(batch),
            kind=ModelCheck.Kind.BLIND,
            label=given,
            expected=expected,
            is_right=given == expected,
            made_at=now,
            decided_at=now,
        )
        for given, expected in pairs
    )


@pytest.fixture
def team():
    return make_team(name="House", region="Lisbon")


@pytest.fixture
def mei(client, team):
    made = make_member(team, Role.MANAGER, name="Mei")
    client.force_login(made)
    return made


def test_a_model_has_its_card_beside_the_people(client, mei, team, django_assert_max_num_queries):
    batch = make_batch(make_published_project(team, slug="birds", name="Birds"), team)
    for level, version in enumerate(["old", "new"], start=2):
        found = make_model_version(batch.project, version=version)
        make_grant(found, "robin", level=level)
        make_grant(found, "wren", level=0)
    first, *others = make_model_checks(found, batch, [("robin", "robin")] * 3)
    standing = {"series_after": first.pk, "n": 2, "right": 2, "lower": 0.1}
    ModelStanding.objects.create(
        model_version=found, label="robin", audited=40, audited_wrong=1, audit_upper=0.1, **standing
    )
    ana = make_member(team)
    make_suggested(batch, found, ana, "shown", "f" * 12)
    make_suggested(batch, found, ana, "blind", "c" * 12)
    anchoring.measure(batch)
    tallies.add(batch.pk, found.user_id, annotation_count=5)
    tallies.add(batch.pk, ana.pk, annotation_count=15)
    assert "/people/models/" in client.get("/people/matrix/").content.decode()
    with django_assert_max_num_queries(15):
        page = client.get("/people/models/")
    newest, older = page.context["cards"]
    assert (newest.model, newest.top_level, older.top_level) == (found, 3, 2)
    assert (newest.work.count, newest.work.n) == (5, 20)
    robin, wren = newest.classes
    assert (robin.level, robin.n, wren.level) == (3, 2, 0)
    text = page.content.decode()
    for words in ("sways people", "at most 10.0 % (1 of 40)", "25 % (5 of 20)", "100 points"):
        assert words in text, words
    opened = client.get(f"/projects/birds/models/{found.pk}/checks/?{robin.query}")
    assert {row.pk for row in opened.context["page"].rows} == {check.pk for check in others}
    for query, count in (("skill=birds", 2), ("region=Lisbon", 0), (f"team={team.pk}", 0)):
        assert len(client.get(f"/people/models/?{query}").context["cards"]) == count
    rows = csv.reader(io.StringIO(client.get("/people/matrix/?as=csv").getvalue().decode()))
    columns, *lines = rows
    line = next(dict(zip(columns, row, strict=True)) for row in lines if row[0] == "model")
    assert (line["class"], line["level"], line["checked"]) == ("robin", "3", "2")
    assert (line["bias_points"], line["work_percent"]) == ("100", "25")


def test_each_cell_of_the_mix_ups_opens_its_items(client, mei, team):
    batch = make_batch(make_published_project(team, slug="birds"), team)
    version = make_model_version(batch.project)
    pairs = [("robin", "robin")] * 4 + [("robin", "wren")] * 2 + [("wren", "wren")]
    make_model_checks(version, batch, pairs)
    ModelCheck.objects.filter(expected="wren", label="wren").update(is_void=True)
    page = f"/projects/birds/models/{version.pk}/"
    assert f"{page}confusion/" in client.get(page).content.decode()
    found = client.get(f"{page}confusion/").context["confusion"]
    assert found.titles == ["Robin", "Wren"]
    for row in found.rows:
        for cell in row.cells:
            opened = client.get(f"{page}checks/?{cell.query}").context["page"].rows
            assert len(opened) == cell.count
        opened = client.get(f"{page}checks/?{row.right.query}").context["page"].rows
        assert len(opened) == row.right.share.n
    assert [[cell.count for cell in row.cells] for row in found.rows] == [[4, 0], [2, 0]]
    assert "Wren,2,0,0,2" in client.get(f"{page}confusion/?as=csv").getvalue().decode()
    said = client.get(f"{page}checks/?expected=robin").content.decode()
    assert "the right answer is “Robin”" in said
    for query in ("state=decided", "series=x", "expected=%00", "label=%00"):
        assert client.get(f"{page}checks/?{query}").status_code == 400, query
