"""Review at a glance over HTTP, and its pages."""

import uuid

import pytest
from django.utils import timezone

from labelops.accounts.models import Role, Team
from reviews.models import AttentionCheck, Review
from reviews.reports.attention import attention_by_reviewer
from reviews.reports.glance import class_rows
from reviews.services import consensus, grid_review, hidden_authors
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_instruction,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def author(team):
    return make_member(team, username="ana")


@pytest.fixture
def batch(project, team, author):
    made = make_batch(project, team, overlap=1)
    for label in ("robin", "robin", "wren"):
        consensus.assess(make_labeled_task(made, label, authors=[author]).pk)
    return made


@pytest.fixture
def reviewer(team):
    return make_member(team, Role.REVIEWER)


@pytest.fixture
def call(client, reviewer):
    client.force_login(reviewer)

    def called(name, sent):
        address = f"/api/v1/reviews/grid/{name}/"
        return client.post(address, sent, content_type="application/json")

    return called


def test_a_page_goes_through_its_whole_life(call, project, batch):
    wanted = {"project": project.slug, "value": "robin", "size": 12}
    tiles = call("next", wanted).json()["items"]
    assert len(tiles) == 2
    # Nothing but what is to be seen, and why: no answers, no authors.
    assert set(tiles[0]) == {"assignment", "item", "why"}
    ids = [tile["assignment"] for tile in tiles]
    assert call("next", wanted | {"known": ids}).json()["items"] == []
    assert [f["error"] for f in call("heartbeat", {"assignments": ids}).json()] == [{}, {}]
    rows = [
        {"assignment": ids[0], "mark": "accept"},
        {"assignment": ids[1], "mark": "fix", "value": "wren"},
    ]
    sent = {"value": "robin", "request_id": str(uuid.uuid4()), "rows": rows}
    for _time in range(2):
        assert [fate["error"] for fate in call("confirm", sent).json()] == [{}, {}]
    assert sorted(Review.objects.values_list("decision", flat=True)) == ["accept", "fix"]
    assert {f["error"]["code"] for f in call("release", {"assignments": ids}).json()} == {
        "lease_lost"
    }


def test_a_confirmed_page_is_taken_back_and_confirmed_anew(call, project, batch, client, team):
    tiles = call("next", {"project": project.slug, "value": "robin"}).json()["items"]
    ids = [tile["assignment"] for tile in tiles]

    def confirm(ids):
        rows = [{"assignment": id, "mark": "accept"} for id in ids]
        sent = {"value": "robin", "request_id": str(uuid.uuid4()), "rows": rows}
        return [fate["error"] for fate in call("confirm", sent).json()]

    assert confirm(ids) == [{}, {}]
    returned = call("undo", {"assignments": ids})
    assert returned.status_code == 200
    assert [set(row) for row in returned.json()] == [{"assignment", "again", "error"}] * 2
    assert [(row["assignment"], row["error"]) for row in returned.json()] == [
        (id, {}) for id in ids
    ]
    again = [row["again"] for row in returned.json()]
    assert not {*again} & {*ids}
    assert call("undo", {"assignments": ids}).json() == returned.json()
    assert not Review.objects.standing().exists()
    assert confirm(again) == [{}, {}]
    assert Review.objects.standing().count() == 2
    [refused, _other] = call("undo", {"assignments": ids}).json()
    assert (refused["again"], refused["error"]["code"]) == (None, "nothing_to_undo")
    client.force_login(make_member(team, Role.REVIEWER))
    codes = [row["error"]["code"] for row in call("undo", {"assignments": again}).json()]
    assert codes == ["not_found"] * 2


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        ("next", {"value": "dodo"}, "value"),
        ("next", {"size": 500}, "size"),
        ("next", {"by": "nobody-99"}, "by"),
        ("confirm", {"rows": []}, "rows"),
        ("confirm", {"request_id": "x"}, "request_id"),
        ("confirm", {"rows": [{"assignment": str(uuid.uuid4()), "mark": "burn"}]}, "rows"),
        ("undo", {"assignments": []}, "assignments"),
        ("undo", {"assignments": [str(uuid.uuid4())] * 61}, "assignments"),
        ("release", {"assignments": ["x"]}, "assignments"),
        ("heartbeat", {"assignments": []}, "assignments"),
    ],
)
def test_bad_input_names_its_field(call, project, name, change, field):
    row = {"assignment": str(uuid.uuid4()), "mark": "accept"}
    sent = {
        "next": {"project": project.slug, "value": "robin"},
        "confirm": {"value": "robin", "request_id": str(uuid.uuid4()), "rows": [row]},
    }.get(name, {})
    refused = call(name, sent | change)
    assert refused.status_code == 400
    assert refused.json()["field"].startswith(field)


def test_a_project_of_others_does_not_exist(call):
    other = make_published_project(make_team())
    assert call("next", {"project": other.slug, "value": "robin"}).status_code == 404


def test_the_classes_of_a_project_with_what_waits(client, reviewer, project, batch):
    client.force_login(reviewer)
    assert client.get("/review/glance/").headers["Location"] == f"/review/glance/{project.slug}/"
    rows = {row.value: row.count for row in class_rows(reviewer, project)}
    assert rows == {"robin": 2, "wren": 1}
    page = client.get(f"/review/glance/{project.slug}/")
    assert page.status_code == 200
    assert b'value="wren"' in page.content
    grid = client.get(f"/review/glance/{project.slug}/grid/", {"value": "wren", "size": 30})
    assert b"review-grid" in grid.content
    again = client.get(f"/review/glance/{project.slug}/grid/", {"value": "dodo", "size": 30})
    assert again.headers["Location"] == f"/review/glance/{project.slug}/"


def test_a_project_that_asks_more_is_reviewed_one_by_one(client, reviewer, project, batch):
    [control] = CHOICE_SCHEMA["controls"]
    project.instruction_versions.update(state="superseded")
    schema = {"controls": [control, control | {"name": "sex"}]}
    make_instruction(project, number=2, label_schema=schema)
    client.force_login(reviewer)
    assert b"one by one" in client.get(f"/review/glance/{project.slug}/").content
    assert b"reviewed one by one" in client.get("/review/glance/").content


def test_the_counts_end_at_their_bound_in_one_statement(
    reviewer, project, batch, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("reviews.reports.glance.COUNTED", 1)
    with django_assert_num_queries(2):
        rows = class_rows(reviewer, project)
    assert [(row.count, row.is_more) for row in rows] == [(1, True), (1, True)]


def test_authors_are_chosen_by_codes_and_never_named(
    client, reviewer, project, batch, author, team
):
    vendor = make_team(kind=Team.Kind.VENDOR, name="Lagoa")
    batch.teams.add(vendor)
    bo = make_member(vendor, username="boaventura")
    consensus.assess(make_labeled_task(batch, "robin", authors=[bo]).pk)
    codes = [code for code, _title in hidden_authors.codes(reviewer, project)]
    assert codes[0] == "vendor-a"
    assert set(codes[1:]) == {author.pseudonym, bo.pseudonym}
    client.force_login(reviewer)
    page = client.get(f"/review/glance/{project.slug}/").content.decode()
    assert "Lagoa" not in page
    assert str(bo) not in page
    [tile] = grid_review.next_page(reviewer, project, value="robin", by="vendor-a")
    assert tile.item.tasks.get().annotations.get().author == bo


@pytest.fixture
def checked(project, batch, reviewer):
    """Three known-wrong tiles shown to the reviewer, two of them marked; one is before them."""
    now = timezone.now()
    for is_caught in (True, True, False):
        task = make_task(batch)
        AttentionCheck.objects.create(
            reviewer=reviewer,
            project=project,
            task=task,
            shown_as="robin",
            shown_at=now,
            is_caught=is_caught,
            answered_at=now,
        )
    AttentionCheck.objects.create(
        reviewer=reviewer, project=project, task=make_task(batch), shown_as="robin", shown_at=now
    )


def test_the_share_caught_comes_with_n_and_interval(reviewer, project, checked):
    [row] = attention_by_reviewer(project)
    found = row.caught
    assert row.reviewer == reviewer
    assert (found.n, found.count, found.percent) == (3, 2, 67)
    # Wilson, 95 %: statsmodels.stats.proportion.proportion_confint(2, 3, method="wilson").
    assert (found.low, found.high) == (20, 94)
    assert attention_by_reviewer(make_published_project(make_team())) == []


def test_managers_see_how_attentive_reviewers_are(client, team, project, reviewer, checked):
    client.force_login(make_member(team, Role.MANAGER))
    page = client.get(f"/projects/{project.slug}/attention/").content.decode()
    assert "67 %" in page
    assert "20–94 %" in page
    missed = AttentionCheck.objects.get(is_caught=False)
    assert f"/items/{missed.task.item.public_id}/" in page


def test_without_checks_the_page_says_so(client, team, project):
    client.force_login(make_member(team, Role.MANAGER))
    assert b"Nothing was measured yet" in client.get(f"/projects/{project.slug}/attention/").content


def test_what_was_left_open_is_gone_on_with_one_by_one(client, call, project, batch):
    address = f"/review/glance/{project.slug}/open/"
    assert client.get(address).headers["Location"] == "/review/"
    [tile] = call("next", {"project": project.slug, "value": "wren"}).json()["items"]
    row = {"assignment": tile["assignment"], "mark": "singly"}
    call("confirm", {"value": "wren", "request_id": str(uuid.uuid4()), "rows": [row]})
    assert client.get(address).headers["Location"] == f"/review/{tile['assignment']}/"
