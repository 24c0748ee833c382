"""What has been in the bin for 30 days goes for good: in any order of kills, and nothing else."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.celery import app
from labelops.errors import Conflict
from labelops.jobs.models import Job
from labelops.media import storage
from reviews.models import PayRate, PersonRollup, WorkDay
from reviews.services import rollup_recounts, rollups
from tasks import access
from tasks.models import Item, Project, Task
from tasks.reports.deletions import touched_by
from tasks.services import archiving, deletions, purging, row_removal
from tasks.services.item_selection import Selection
from tasks.services.recounts import recount
from tests.authorization_world import build_world
from tests.datasets.freezing import freeze
from tests.factories import (
    make_batch,
    make_image_item,
    make_labeled_task,
    make_member,
    make_task,
    settle,
)

app.loader.import_default_modules()
pytestmark = pytest.mark.django_db
KEPT = {"reviews.PayRate", "reviews.ClosedMonth", "reviews.StatementLine", "tasks.Batch"}
LATER = timedelta(days=30, minutes=1)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")


def row_counts():
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in {"tasks", "reviews", "datasets", "webhooks"}
    }


def work_of(people):
    return set(WorkDay.objects.filter(person__in=people).values_list("person", "done"))


class Killed(Exception):
    pass


def test_a_project_goes_with_all_that_hangs_on_it_however_often_the_purge_is_killed(
    settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    empty = row_counts()
    world = build_world()
    own = Project.objects.get(slug="own")
    assert freeze(own).entries.exists()
    PayRate.objects.create(
        project=own,
        basis="annotate",
        level=1,
        amount=1,
        valid_from=timezone.now().date(),
        set_by=world.people["manager"],
        set_at=timezone.now(),
    )
    assert sum(count > 0 for count in row_counts().values()) >= 40
    manager = world.people["manager"]
    archiving.delete(own, name=own.name, by=manager)
    events = Event.objects.count()
    assert purging.purge(now=timezone.now() + timedelta(days=29)) == 0
    deleted = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert deleted

    remove, calls_left = row_removal.remove, [0]

    def killed(model, ids):
        calls_left[0] -= 1
        if calls_left[0] < 0:
            raise Killed
        remove(model, ids)

    kills = 0
    with monkeypatch.context() as patch:
        patch.setattr(row_removal, "remove", killed)
        patch.setattr(purging, "remove", killed)
        patch.setattr(purging, "CHUNK", 3)
        for run in range(100):
            # The next one comes a little further.
            calls_left[0] = 4 * run
            try:
                purging.purge(now=timezone.now() + LATER)
                break
            except Killed:
                kills += 1
            if Project.everything.get(pk=own.pk).purge_begun_at:
                with pytest.raises(Conflict) as refused:
                    archiving.undelete(own, by=manager)
                assert refused.value.code == "purge_begun"
    assert kills > 3
    # What is left is the other house's project; changes are noted of rows that are gone.
    rollups.count_changes()
    left = {name for name, count in row_counts().items() if count > empty[name]}
    assert left <= {"tasks.Project", "tasks.Project_teams", *KEPT}
    # People were paid by its statements: they stay, and the bare rows that they name.
    assert PayRate.objects.filter(project__slug="own").exists()
    assert not access.projects_in_bin(manager).exists()
    assert not Job.objects.filter(project_id=own.pk).exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert Event.objects.count() > events


def test_deleted_items_go_with_their_files_but_for_those_of_frozen_versions(
    settings, tmp_path, project, team, mei
):
    settings.MEDIA_ROOT = tmp_path
    batch = make_batch(project, team, overlap=2)
    kept = make_task(batch, make_image_item(project))
    settle(kept, {"species": "robin"})
    version = freeze(project)
    people = [make_member(team) for _number in range(2)]
    gone = make_labeled_task(batch, "robin", "wren", authors=people)
    shown = make_image_item(project)
    selection = Selection(last=shown.pk)
    assert touched_by(project, selection).versions == [str(version)]
    rollups.count_changes()
    worked = work_of(people)
    assert worked == {(person.pk, 1) for person in people}
    deletion = deletions.delete(project, selection, reason="asked to", by=mei)
    assert deletion.item_count == 3
    rollups.count_changes()
    assert work_of(people) == worked
    assert not PersonRollup.objects.filter(person__in=people, labels__gt=0).exists()
    files = sum(path.is_file() for path in tmp_path.rglob("*"))
    assert purging.purge(now=timezone.now() + timedelta(days=29)) == 0
    assert purging.purge(now=timezone.now() + LATER) == 2
    assert list(Item.everything.all()) == [kept.item]
    assert not Task.objects.filter(pk=gone.pk).exists()
    assert 0 < sum(path.is_file() for path in tmp_path.rglob("*")) < files
    assert not storage.exists(shown.media_key)
    assert storage.exists(kept.item.media_key)
    assert version.entries.count() == 1
    assert recount(batch) == []
    # What was done is paid, although nothing is left that shows it.
    rollups.count_changes()
    assert work_of(people) == worked
    assert rollup_recounts.recount(batch) == []
    with pytest.raises(Conflict) as refused:
        deletions.restore(deletion, by=mei)
    assert refused.value.code == "purge_begun"
    # The second night finds nothing more to do.
    assert purging.purge(now=timezone.now() + LATER) == 0
