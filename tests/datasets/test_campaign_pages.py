"""The pages of campaigns, from their beginning at some items to the batch; and over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.models import Campaign, VectorSet
from datasets.services import campaign_pages, campaigns
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from tasks.models import Batch, Item
from tests.datasets.campaigning import go_through, make_birds, open_campaign, shown_to
from tests.factories import make_member

pytestmark = pytest.mark.django_db
BATCH = {
    "name": "dusk",
    "purpose": "Birds at dusk are missed.",
    "priority": "3",
    "overlap": "1",
    "review_percent": "10",
}


@pytest.fixture(autouse=True)
def manager(client, mei):
    client.force_login(mei)


def address(name, *arguments, query=""):
    return reverse(name, args=arguments) + query


def shown(client, name, *arguments, query=""):
    response = client.get(address(name, *arguments, query=query))
    assert response.status_code == 200
    return " ".join(response.text.split())


def press(client, campaign, name, **data):
    response = client.post(
        address(f"campaign_{name}", campaign.project.slug, campaign.pk), data, follow=True
    )
    campaign.refresh_from_db()
    return " ".join(response.text.split())


def test_from_some_items_to_a_batch(client, project, team, mei):
    slug = project.slug
    assert "It begins at some items" in shown(client, "campaign_list", slug)
    assert "begins at some items" in shown(client, "campaign_create", slug)
    items = [Item.objects.create(project=project, external_id="dusk 0", data={"text": "<b>"})]
    query = f"?set=items&ids={items[0].public_id}"
    assert address("vectors_start", slug) in shown(client, "campaign_create", slug, query=query)
    Item.objects.all().delete()
    items = make_birds(project)
    ids = ",".join(str(item.public_id) for item in items[:3])
    query = f"?set=items&ids={ids}"
    page = shown(client, "campaign_create", slug, query=query)
    assert "It begins at 3 items" in page
    assert "would not be found" not in page
    built_in = VectorSet.Origin.BUILT_IN
    project.vector_sets.update(origin=built_in, computed_until=items[-2].pk)
    page = shown(client, "campaign_create", slug, query=query)
    assert "would not be found" in page
    create = address("campaign_create", slug, query=query)
    refused = client.post(create, {"name": "dusk", "purpose": "", "quota": "2000"})
    assert refused.status_code == 422
    form = {"name": "dusk", "purpose": "<i>Birds at dusk</i> are missed.", "quota": "20"}
    response = client.post(create, form)
    campaign = Campaign.objects.get()
    assert response.url == address("campaign_detail", slug, campaign.pk)
    assert 'hx-trigger="every 1s"' in shown(client, "campaign_detail", slug, campaign.pk)
    run_job(campaign.job_id, campaigns.run_preparing)
    page = shown(client, "campaign_detail", slug, campaign.pk)
    for words in ("hx-trigger", "<i>"):
        assert words not in page
    assert "Show candidates" in page
    page = press(client, campaign, "show")
    assert page.count('name="tick"') == campaign_pages.PAGE_SIZE
    ticked = [i.public_id for i in shown_to(campaign, mei) if i.external_id.startswith("dusk")]
    page = press(client, campaign, "decide", page="1", tick=ticked)
    for words in ("Full: ", "Of 6 drawn by chance", "1–50", "Go on all the same"):
        assert words in page
    # What was sent twice changes nothing; nonsense is refused in a sentence.
    assert "Full: " in press(client, campaign, "decide", page="1", tick=ticked)
    assert campaign.decided_count == campaign_pages.PAGE_SIZE
    assert "not on this page" in press(client, campaign, "decide", page="1", tick="x")
    assert "went to somebody else" in press(client, campaign, "decide", page="x")
    assert "lies before you again" in press(client, campaign, "undo")
    assert campaign.accepted_count == 0
    press(client, campaign, "decide", page="1", tick=ticked)
    go_on = address("campaign_go_on", slug, campaign.pk)
    assert client.post(go_on, {"quota": "1"}).status_code == 422
    make_batch = address("campaign_batch", slug, campaign.pk)
    assert "Birds at dusk" in client.get(make_batch).text
    assert client.post(make_batch, BATCH | {"overlap": "0"}).status_code == 422
    response = client.post(make_batch, BATCH | {"teams": [team.pk]})
    batch = Batch.objects.get()
    assert response.url == address("batch_detail", batch.pk)
    assert batch.tasks.count() == len(ticked)
    assert address("campaign_detail", slug, campaign.pk) in shown(client, "batch_detail", batch.pk)
    for name in ("campaign_list", "campaign_detail"):
        arguments = (slug, campaign.pk)[: 1 if name == "campaign_list" else 2]
        assert address("batch_detail", batch.pk) in shown(client, name, *arguments)


def test_a_look_that_failed_can_begin_again_and_stop_and_go_on_are_managers(
    client, project, team, mei
):
    make_birds(project)
    campaign = open_campaign(project, mei)
    assert "stopped by hand" in press(client, campaign, "stop").lower()
    # Whatever state it is in, it takes in what has come since.
    for words in ("looks for candidates again", "looks for candidates already"):
        page = press(client, campaign, "again")
        assert words in page
        assert 'hx-trigger="every 1s"' in page
    run_job(campaign.job_id, campaigns.run_preparing)
    project.vector_sets.update(origin=VectorSet.Origin.BUILT_IN, computed_until=0)
    page = shown(client, "campaign_detail", project.slug, campaign.pk)
    for words in ("Take in new items", "has found no others"):
        assert words in page
    assert "hx-trigger" not in page
    assert "Show candidates" in press(client, campaign, "go_on", quota="30")
    assert campaign.quota == 30
    campaign.state, campaign.job.state = Campaign.State.PREPARING, "failed"
    campaign.save()
    campaign.job.save()
    assert "Look for candidates again" in shown(
        client, "campaign_detail", project.slug, campaign.pk
    )
    assert "no candidates" in shown(client, "campaign_list", project.slug)
    assert 'hx-trigger="every 1s"' in press(client, campaign, "again")
    client.force_login(make_member(team, Role.EXPERT))
    page = shown(client, "campaign_detail", project.slug, campaign.pk)
    assert address("campaign_stop", project.slug, campaign.pk) not in page


def test_the_page_costs_the_same_however_much_was_decided(client, project, mei):
    make_birds(project, others=400)
    campaign = open_campaign(project, mei, quota=1_000)

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as counted:
            shown(client, "campaign_detail", project.slug, campaign.pk)
        return len(counted)

    go_through(campaign, mei, fits="d")
    campaign_pages.next_page(campaign, by=mei)
    before = cost()
    for _page in range(2):
        go_through(campaign, mei, fits="d")
    campaign_pages.next_page(campaign, by=mei)
    page = shown(client, "campaign_detail", project.slug, campaign.pk)
    assert "<polyline" in page
    assert "more are to be shown" in page or "will not do" in page
    assert cost() == before


def test_campaigns_over_http(client, project, mei):
    make_birds(project)
    campaign = go_through(open_campaign(project, mei), mei)
    [row] = client.get(address("api_project_campaigns", project.slug)).json()["results"]
    assert (row["name"], row["shown"], row["accepted"]) == ("dusk", 60, campaign.accepted_count)
    found = client.get(address("api_campaign", project.slug, campaign.pk)).json()
    assert (found["unlabeled"], found["curve"][0]["last"]) == (200, 50)
    assert 0 <= found["curve"][0]["low"] <= found["curve"][0]["rate"]
