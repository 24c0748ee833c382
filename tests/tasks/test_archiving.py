"""Projects out of sight: archived ones are read only, deleted ones are gone but for the bin."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery
from labelops.webhooks.services.outbox import tell
from tasks import access
from tasks.models import Annotation, Assignment, Project
from tasks.services import archiving, batches, instructions, projects
from tests.factories import CHOICE_SCHEMA, make_batch, make_delivery, make_member, make_task
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER, username="mei")
    client.force_login(mei)
    return mei


@pytest.fixture
def batch(project, team):
    batch = make_batch(project, team, overlap=1)
    make_task(batch)
    make_task(batch)
    return batch


def page(client, name, *arguments):
    return client.get(reverse(name, args=arguments))


def test_an_archived_project_hands_out_nothing_takes_what_was_leased_and_stays_as_it_is(
    client, project, batch, team, ana, bo, elena, mei
):
    [held] = take(ana)
    assert client.post(reverse("project_archive", args=[project.slug])).status_code == 302
    project.refresh_from_db()
    assert take(bo) == []
    assert not access.workable_batches(bo).exists()
    assert not access.batches_to_review(elena).exists()
    answer(held, ana)
    assert Annotation.objects.count() == 1
    for listed in ("home", "project_list", "expert_home"):
        assert project.name not in page(client, listed).content.decode()
    assert project.name in page(client, "project_archive_list").content.decode()
    reads = [
        *((name, project.slug) for name in ("project_detail", "item_list", "instruction_list")),
        *((name, project.slug) for name in ("export_create", "transfer_list", "quality")),
        ("batch_detail", batch.pk),
        ("item_detail", batch.tasks.first().item.public_id),
    ]
    for name, argument in reads:
        assert page(client, name, argument).status_code == 200, name
    shown = page(client, "batch_detail", batch.pk).content.decode()
    assert "archived since" in shown
    assert reverse("batch_pause", args=[batch.pk]) not in shown
    assert page(client, "project_edit", project.slug).status_code == 404
    assert client.post(reverse("batch_pause", args=[batch.pk])).status_code == 404
    for change in (
        lambda: batches.pause_batch(batch, by=mei),
        lambda: batches.create_batch(project, name="more", teams=[team], by=mei),
        lambda: projects.update_project(project, by=mei, name="other"),
        lambda: instructions.edit_draft(project, by=elena),
        lambda: archiving.archive(project, by=mei),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "project_not_live"
    client.post(reverse("project_unarchive", args=[project.slug]))
    assert len(take(bo)) == 1


def test_a_deleted_project_is_gone_for_all_but_its_managers_and_comes_back_as_it_was(
    client, project, batch, ana, elena, mei
):
    [held] = take(ana)
    delivery = make_delivery(project)
    job = Job.objects.create(kind="import", project_id=project.pk)
    archiving.archive(project, by=mei)
    address = reverse("project_delete", args=[project.slug])
    response = client.post(address, {"name": "something else"})
    assert response.status_code == 422
    assert "Type the name" in response.content.decode()
    assert client.post(address, {"name": project.name}).status_code == 302
    project = Project.everything.get()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    tell(project.pk, Told.JOB_FAILED, {})
    assert Delivery.objects.count() == 1
    for name, argument in [
        ("project_detail", project.slug),
        ("item_list", project.slug),
        ("batch_detail", batch.pk),
        ("item_detail", batch.tasks.first().item.public_id),
        ("webhook_detail", delivery.webhook.public_id),
    ]:
        assert page(client, name, argument).status_code == 404, name
    assert project.name not in page(client, "project_archive_list").content.decode()
    with pytest.raises(Assignment.DoesNotExist):
        answer(held, ana)
    assert not access.own_assignments(ana).exists()
    bin_page = page(client, "project_bin").content.decode()
    assert project.name in bin_page
    with pytest.raises(DomainError) as refused:
        projects.create_project(
            name="x",
            slug=project.slug,
            item_type="text",
            label_schema=CHOICE_SCHEMA,
            teams=[],
            by=mei,
        )
    assert refused.value.code == "slug_taken"
    client.force_login(elena)
    assert page(client, "project_bin").status_code == 404
    restore = reverse("project_restore", args=[project.slug])
    assert client.post(restore).status_code == 404
    client.force_login(mei)
    client.post(restore)
    assert Project.objects.get().archived_at is not None
    answer(held, ana)
    assert page(client, "batch_detail", batch.pk).status_code == 200
