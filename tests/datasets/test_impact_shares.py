"""What one batch adds to a built-in model that others taught as well: trained once without it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from datasets.models import Impact
from datasets.services import impact as services
from datasets.services import impact_shares as shares
from datasets.services.impact_measuring import run_measuring
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.services import built_in_predictions, retraining
from tasks.models import Batch, InstructionVersion, ModelVersion, Prediction, Task
from tests.datasets.freezing import freeze, make_label
from tests.datasets.scenarios import make_scenario
from tests.factories import CHOICE_SCHEMA, make_batch
from tests.reviews.built_in import make_accepted, make_labeled_batch, train, words_of

BIRD = CHOICE_SCHEMA["controls"][0]
TIT = {"value": "tit", "title": "Tit"}


class Killed(BaseException):
    """The process is gone."""


def measured(batch, target, before):
    return Impact.objects.create(
        batch=batch, target=target, before=before, wanted_gain=40, created_by=target.created_by
    )


def build():
    """Two batches taught the newer version: all tits are of one, the other has more of the same."""
    known = make_labeled_batch({"robin": 35, "wren": 25})
    project, boss = known.project, known.project.created_by
    schema = {"controls": [BIRD | {"options": [*BIRD["options"], TIT]}]}
    InstructionVersion.objects.filter(project=project).update(label_schema=schema)
    tested = [
        make_label(known, label, text=words_of(label, number), data={"split": "test"}).item_id
        for label in ("robin", "tit")
        for number in range(900, 920)
    ]
    target = make_scenario(freeze(project), tested, name="birds")
    before = train(project).model_version
    tits, more = (make_batch(project, *known.teams.all(), name=name) for name in ("tits", "more"))
    impacts = [measured(batch, target, before) for batch in (tits, more)]
    make_accepted(tits, {"tit": 20}, first=100)
    make_accepted(more, {"robin": 4, "wren": 4}, first=200)
    # One of its items had the same label before.
    twice = Task.objects.filter(batch=known, result_answer__species="wren").first()
    make_label(more, "wren", item=twice.item)
    training = train(project)
    for impact in impacts:
        run_job(services.start_measuring(impact, by=boss).pk, run_measuring)
    return *impacts, training, boss


@pytest.fixture
def tits(made):
    return Impact.objects.get(pk=made[0].pk)


@pytest.fixture
def more(made):
    return Impact.objects.get(pk=made[1].pk)


@pytest.fixture
def training(made):
    return made[2]


@pytest.fixture
def boss(made):
    return made[3]


def stored():
    return ModelVersion.everything.count(), Prediction.objects.count()


def page_of(client, impact):
    return " ".join(client.get(reverse("impact_card", args=[impact.batch_id])).text.split())


def test_what_a_batch_adds_is_told_by_a_training_without_it(client, tits, more, training, boss):
    before = stored()
    client.force_login(boss)
    assert "An estimate: 20 of the 29 labels" in page_of(client, tits)
    address = reverse("impact_share", args=[tits.batch_id])
    client.post(address)
    assert "Training without this batch…" in page_of(client, tits)
    with pytest.raises(Conflict, match="being trained"):
        shares.start(tits, by=boss)
    client.post(reverse("impact_share_cancel", args=[tits.batch_id]))
    assert "Train once without this batch" in page_of(client, tits)
    client.post(address)
    for impact in (tits, more):
        job = shares.newest_job(impact) or shares.start(impact, by=boss)
        run_job(job.pk, shares.run)
        impact.refresh_from_db()
        assert Job.objects.get(pk=job.pk).state == Job.State.DONE
    # Without their labels it knows no tits at all.
    added, all_of_them = tits.share["change"], training.label_count
    assert (added["n"], added["fixed"] >= 15, added["broken"] <= 1) == (40, True, True)
    assert added["right_before"] <= 20
    assert tits.share["labels_without"] == all_of_them - 20
    # The ninth is learned with the label that it had before.
    assert more.share["labels_without"] == all_of_them - 8
    assert (tits.share["changed"], more.share["changed"]) == (0, 0)
    page = page_of(client, tits)
    assert "An estimate" not in page
    assert "Train once without" not in page
    assert "20 of the 29 labels that were new" in page
    assert f"from {all_of_them - 20} labels, not {all_of_them}" in page
    assert f"{added['fixed']} right only with it, {added['broken']} only without it" in page
    assert "p &lt; 0.001" in page
    low, high = (float(end) for end in ends_of(page_of(client, more)))
    assert low <= 0 <= high
    with pytest.raises(Conflict, match="known already"):
        shares.start(tits, by=boss)
    assert stored() == before


def ends_of(page):
    """Of the interval of what a batch adds."""
    inside = page.partition("What this batch adds</dt>")[2].partition("(")[2].partition(")")[0]
    return inside.split(" to ")


def test_a_killed_training_without_a_batch_begins_again_and_tells_once(
    monkeypatch, tits, training, boss
):
    learned = Prediction.objects.filter(model_version=training.model_version, is_trained_on=True)
    Task.objects.filter(item=learned.first().item_id).update(settled_at=timezone.now())
    job = shares.start(tits, by=boss)

    def killed(*_given, **_named):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(built_in_predictions, "judge", killed)
        with pytest.raises(Killed):
            run_job(job.pk, shares.run)
    for _twice in range(2):
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
        run_job(job.pk, shares.run)
    tits.refresh_from_db()
    assert (tits.share["change"]["n"], tits.share["changed"]) == (40, 1)
    assert Event.objects.filter(verb="impact.share_measured").count() == 1
    # A newer version is another question.
    train(training.project)
    run_job(services.start_measuring(tits, by=boss).pk, run_measuring)
    tits.refresh_from_db()
    assert (tits.share, shares.newest_job(tits)) == ({}, None)


def test_without_a_batch_that_was_not_learned_it_is_the_same_model(client, tits, training, boss):
    empty = make_batch(training.project)
    again = retraining.train_without(empty, training, lambda: None)
    assert again.trained.as_bytes() == bytes(training.weights)
    assert again.label_count == training.label_count
    known = Batch.objects.filter(project=training.project).earliest("pk")
    with pytest.raises(DomainError, match="Without this batch too little is left"):
        retraining.train_without(known, training, lambda: None)
    known.tasks.update(set_aside={"reason": "unusable"})
    job = shares.start(tits, by=boss)
    run_job(job.pk, shares.run)
    client.force_login(boss)
    assert "have changed since. Train the model anew" in page_of(client, tits)
