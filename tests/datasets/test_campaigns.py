"""Campaigns: what they show, what is made of the answers, when they end, and their batch."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db.models import Q
from django.utils import timezone

from datasets.models import Campaign, ScenarioItem
from datasets.models.scenarios import Scenario
from datasets.services import (
    campaign_batches,
    campaign_candidates,
    campaign_pages,
    campaigns,
    item_sets,
)
from datasets.services.campaign_candidates import may_have_unlabeled, unlabeled_items
from datasets.services.item_set_kinds import read_item_set
from datasets.services.item_sets import QueriedItems
from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.notices.kinds import Kind
from tasks.models import Batch, Item, Task
from tests.datasets.campaigning import (
    begin_campaign,
    go_through,
    make_birds,
    make_late_birds,
    open_campaign,
    seeds_of,
    shown_to,
)
from tests.datasets.evaluating import evaluate_labels
from tests.datasets.freezing import freeze, make_label
from tests.factories import (
    make_batch,
    make_gold,
    make_item,
    make_member,
    make_model_version,
    make_prediction,
    make_task,
)

pytestmark = pytest.mark.django_db
State = Campaign.State


@pytest.fixture
def kai(team):
    return make_member(team, Role.EXPERT, username="kai")


def test_what_is_alike_comes_first_and_a_tenth_by_chance(project, mei):
    make_birds(project)
    campaign = open_campaign(project, mei)
    assert (campaign.state, campaign.unlabeled_count) == (State.OPEN, 200)
    assert campaign.candidates.count() == 200
    assert campaign.candidates.filter(is_random=True).count() == 20
    page = campaign_pages.next_page(campaign, by=mei)
    items = shown_to(campaign, mei)
    assert len(items) == campaign_pages.PAGE_SIZE
    # Of 30 at dusk a tenth may be among those that chance shows later.
    assert sum(item.external_id.startswith("dusk") for item in items) >= 24
    shown = campaign.candidates.filter(page=page)
    assert shown.filter(is_random=True).count() == campaign_pages.BY_CHANCE
    assert campaign_pages.next_page(campaign, by=mei) == page
    seeds = set(campaign.seeds.values_list("item", flat=True))
    assert not seeds & set(campaign.candidates.values_list("item", flat=True))


def test_items_that_are_labeled_held_or_measure_are_no_candidates(
    project, batch, team, mei, monkeypatch
):
    free = make_item(project)
    make_label(batch)
    make_task(batch)
    closed = make_batch(project, team, name="old", overlap=1, state=Batch.State.CLOSED)
    left_over = make_task(closed).item
    make_label(closed)
    make_task(closed, state=Task.State.EXCLUDED)
    make_gold(project)
    tested = make_item(project)
    scenario = Scenario.objects.create(
        project=project,
        name="dusk",
        dataset_version=freeze(project),
        bar_percent=90,
        item_count=1,
        created_by=mei,
    )
    ScenarioItem.objects.create(scenario=scenario, item=tested, answer={})
    assert set(unlabeled_items(project)) == {free, left_over}
    assert may_have_unlabeled(project)
    assert not may_have_unlabeled(project, after=left_over.pk)
    # Where a page may ask of one item alone, nobody knows of those behind it.
    monkeypatch.setattr(item_sets, "ASKED_MOST", 1)
    assert may_have_unlabeled(project, after=left_over.pk)


def test_a_full_campaign_tells_its_maker_and_becomes_a_batch_with_its_purpose(
    project, team, mei, kai
):
    make_birds(project)
    campaign = go_through(open_campaign(project, mei, quota=10), kai)
    assert campaign.state == State.FULL
    assert campaign.accepted_count >= 24
    [notice] = mei.notices.filter(kind=Kind.CAMPAIGN_ENDED)
    assert notice.address == f"/projects/{project.slug}/campaigns/{campaign.pk}/"
    with pytest.raises(Conflict, match="not collecting"):
        campaign_pages.next_page(campaign, by=kai)
    accepted = read_item_set(project, {"set": "campaign", "campaign": str(campaign.pk)})
    assert accepted.count() == campaign.accepted_count
    # Somebody takes one of them first.
    taken = Item.objects.get(pk=accepted.page("", 5).rows[0].item_id)
    make_task(make_batch(project, team, name="other"), taken)
    values = campaign_batches.proposal(campaign) | {"overlap": 1, "teams": [team]}
    batch = campaign_batches.to_batch(campaign, by=mei, **values)
    assert batch.purpose == "Birds at dusk are missed. (campaign “dusk”)"
    assert (batch.purpose_kind, batch.state) == (Batch.PurposeKind.MODEL, Batch.State.DRAFT)
    assert batch.tasks.count() == campaign.accepted_count - 1
    assert batch.campaign == campaign
    with pytest.raises(Conflict, match="nothing to label"):
        campaign_batches.to_batch(campaign, by=mei, **values)
    decide = partial(campaign_pages.decide, campaign, 1, [])
    for act in (decide, partial(campaigns.look_again, campaign)):
        with pytest.raises(Conflict, match="become a batch"):
            act(by=kai)
    verbs = Event.objects.filter(target_type="datasets.campaign").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        f"campaign.{verb}" for verb in ("started", "opened", "decided", "full", "batched")
    ]


def test_the_rule_stops_what_finds_nothing_and_somebody_may_go_on(project, mei):
    make_birds(project)
    campaign = open_campaign(project, mei)
    campaign = go_through(campaign, mei, fits="owl")
    assert (campaign.state, campaign.accepted_count) == (State.DRY, 0)
    with pytest.raises(Conflict, match="None of the accepted"):
        campaign_batches.to_batch(campaign, by=mei)
    with pytest.raises(DomainError, match="more than the 0 found"):
        campaigns.go_on(campaign, quota=0, by=mei)
    campaign = campaigns.go_on(campaign, quota=200, by=mei)
    # 60 discarded ones stand before the rule's new beginning.
    campaign = go_through(campaign, mei, fits="d")
    assert (campaign.state, campaign.accepted_count) == (State.OPEN, 60)
    campaign = campaigns.stop(campaign, by=mei)
    with pytest.raises(Conflict, match="no page to take back"):
        campaign_pages.undo(campaign, by=mei)
    assert campaigns.go_on(campaign, quota=80, by=mei).state == State.OPEN


def test_items_that_came_since_join_the_candidates_and_nothing_shown_is_touched(
    project, batch, mei, kai, monkeypatch
):
    make_birds(project)
    campaign = go_through(open_campaign(project, mei, quota=200), mei, fits="d")
    held = campaign_pages.next_page(campaign, by=kai)

    def fixed():
        """What was shown, to whom and with what answer, and what chance drew."""
        rows = campaign.candidates.filter(Q(page__isnull=False) | Q(is_random=True))
        return list(rows.order_by("pk").values_list("item", "page", "place", "is_accepted"))

    late = make_late_birds(project, campaign.vector_set, 20)
    make_task(batch, late[0])
    campaign = campaigns.look_again(campaign, by=mei)
    # Whoever has a page goes on meanwhile.
    accepted = {item.public_id for item in shown_to(campaign, kai)}
    assert campaign_pages.decide(campaign, held, accepted, by=kai).accepted_count == 120
    before = fixed()
    monkeypatch.setattr(campaign_candidates, "POOL", 60)
    for _twice in range(2):
        run_job(campaign.job_id, campaigns.run_preparing)
    campaign.refresh_from_db()
    assert fixed() == before
    assert (campaign.state, campaign.unlabeled_count) == (State.OPEN, 200)
    assert campaign.job.result == {"added": 19}
    assert campaign.candidates.filter(item__in=late).count() == 19
    # No more wait than anybody looks through.
    assert campaign.candidates.filter(is_accepted=None).count() == 60
    campaign_pages.next_page(campaign, by=mei)
    assert set(late[1:]) <= set(shown_to(campaign, mei))
    verbs = Event.objects.about(campaign).order_by("pk").values_list("verb", flat=True)
    assert [verb for verb in verbs if verb != "campaign.decided"] == [
        f"campaign.{verb}" for verb in ("started", "opened", "looked_again", "refilled")
    ]


def test_decisions_teach_what_the_next_page_shows(project, mei):
    make_birds(project, wanted=90, others=110)
    both = Item.objects.filter(project=project, external_id__in=["dusk 0", "dusk 1", "day 0"])
    seeds = QueriedItems(project, "Missed", both)
    campaign = open_campaign(project, mei, quota=1_000, seeds=seeds)
    page = campaign_pages.next_page(campaign, by=mei)
    days = [item for item in shown_to(campaign, mei) if item.external_id.startswith("day")]
    assert 10 < len(days) < 40
    campaign_pages.decide(campaign, page, {item.public_id for item in days}, by=mei)
    campaign_pages.next_page(campaign, by=mei)
    names = [item.external_id for item in shown_to(campaign, mei)]
    # Two seeds in three said dusk, people say day.
    assert sum(name.startswith("day") for name in names) > 50


def test_a_page_is_decided_once_by_whom_it_was_shown_to_and_undone_page_by_page(project, mei, kai):
    make_birds(project)
    campaign = open_campaign(project, mei, quota=200)
    own, others = (campaign_pages.next_page(campaign, by=person) for person in (mei, kai))
    first, second = shown_to(campaign, mei), shown_to(campaign, kai)
    assert not {item.pk for item in first} & {item.pk for item in second}
    accepted = {item.public_id for item in first[:30]}
    for number, ticked, words in (
        (others, accepted, "somebody else"),
        (own, {second[0].public_id}, "not on this page"),
        (0, set(), "somebody else"),
    ):
        with pytest.raises(DomainError, match=words):
            campaign_pages.decide(campaign, number, ticked, by=mei)
    for _sent_twice in range(2):
        campaign = campaign_pages.decide(campaign, own, accepted, by=mei)
    assert (campaign.decided_count, campaign.accepted_count) == (60, 30)
    with pytest.raises(Conflict, match="decided already"):
        campaign_pages.decide(campaign, own, set(), by=mei)
    campaign_pages.next_page(campaign, by=mei)
    assert campaign_pages.undo(campaign, by=mei) == own
    assert shown_to(campaign, mei) == first
    assert campaign_pages.decide(campaign, own, set(), by=mei).accepted_count == 0
    with pytest.raises(Conflict, match="no page to take back"):
        campaign_pages.undo(campaign, by=kai)


def test_a_page_that_waits_too_long_goes_to_whoever_asks(project, mei, kai):
    make_birds(project, wanted=20, others=30)
    campaign = open_campaign(project, mei)
    now = timezone.now()
    page = campaign_pages.next_page(campaign, by=mei, now=now - timedelta(minutes=20))
    held = shown_to(campaign, mei)
    assert len(held) == 50
    assert campaign_pages.next_page(campaign, by=kai, now=now - timedelta(minutes=10)) == 0
    assert campaign_pages.next_page(campaign, by=kai, now=now) == page + 1
    assert {item.pk for item in shown_to(campaign, kai)} == {item.pk for item in held}
    with pytest.raises(Conflict, match="waited too long"):
        campaign_pages.decide(campaign, page, set(), by=mei)


def test_a_page_whose_items_lie_in_the_bin_makes_room_for_the_next(project, mei):
    make_birds(project, others=100)
    campaign = open_campaign(project, mei, quota=50)
    first = campaign_pages.next_page(campaign, by=mei)
    shown = [row.item_id for row in campaign_pages.held_page(campaign, mei)]
    gone = project.deletions.create(reason="asked to", deleted_by=mei, deleted_at=timezone.now())
    Item.objects.filter(pk__in=shown).update(deletion=gone)
    assert not campaign_pages.held_page(campaign, mei).exists()
    assert campaign_pages.next_page(campaign, by=mei) == first + 1
    assert not {row.item_id for row in campaign_pages.held_page(campaign, mei)} & set(shown)


def test_an_evaluation_says_what_is_to_get_better_and_where_the_model_doubts(project, batch, mei):
    make_birds(project)
    model = make_model_version(project)
    said = {}
    for number in range(8):
        item = Item.objects.get(external_id=f"dusk {number}") if number < 3 else None
        item = make_label(batch, "wren", item=item).item
        said[item] = "robin" if number < 3 else "wren"
        make_prediction(model, item, said[item])
    unsure = Item.objects.get(external_id="dusk 20")
    make_prediction(model, unsure, "wren", score=0.25)
    evaluation = evaluate_labels(freeze(project), model, said)
    campaign = open_campaign(project, mei, seeds=seeds_of(project, evaluation))
    assert (campaign.target_metric, campaign.target_baseline) == (
        "recall of Wren",
        Decimal("0.625"),
    )
    assert campaign.candidates.get(item=unsure).doubt == 0.75
    assert campaign_batches.purpose_of(campaign) == (
        "Birds at dusk are missed. (recall of Wren is 62 % now; campaign “dusk”)"
    )


def test_what_cannot_begin_says_why_and_a_failed_look_begins_again(project, batch, mei):
    make_item(project, external_id="dusk 0")
    with pytest.raises(Conflict, match="no vectors"):
        begin_campaign(project, mei)
    Item.objects.all().delete()
    make_birds(project)
    nobody = read_item_set(project, {"set": "items", "ids": str(make_item(project).public_id)})
    for over, words in (
        ({"seeds": nobody}, "None of these items has a vector"),
        ({"quota": 0}, "greater than or equal to 1"),
        ({"name": ""}, "blank"),
    ):
        with pytest.raises(DomainError, match=words):
            begin_campaign(project, mei, **over)
    campaign = begin_campaign(project, mei)
    with pytest.raises(DomainError, match="already"):
        begin_campaign(project, mei)
    campaigns.stop(campaign, by=mei)
    campaign.refresh_from_db()
    assert campaign.job.state == Job.State.CANCELLED
    campaign = campaigns.look_again(campaign, by=mei)
    with pytest.raises(Conflict, match="looks for candidates already"):
        campaigns.look_again(campaign, by=mei)
    Task.objects.bulk_create(Task(batch=batch, item=item) for item in unlabeled_items(project))
    run_job(campaign.job_id, campaigns.run_preparing)
    campaign.refresh_from_db()
    assert "No unlabeled item has a vector" in campaign.job.message
    Task.objects.all().delete()
    campaign = campaigns.look_again(campaign, by=mei)
    for _twice in range(2):
        run_job(campaign.job_id, campaigns.run_preparing)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.candidates.count()) == (State.OPEN, 200)
    known = {"set": "campaign", "campaign": str(campaign.pk)}
    for given in ({"campaign": "x"}, {"campaign": "999"}, {"decision": "x"}):
        with pytest.raises(DomainError, match="no such set"):
            read_item_set(project, known | given)
