"""The button of the built-in model, its progress, its report card and the command."""

import json

import pytest
from django.core.management import call_command

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.models import ModelTraining
from reviews.services import model_training
from tasks.models import ModelVersion
from tests.factories import make_member, make_model_version
from tests.reviews.built_in import make_accepted, make_labeled_batch, train

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    return make_labeled_batch({"robin": 45, "wren": 4})


@pytest.fixture
def manager(client, batch):
    client.force_login(batch.project.created_by)
    return client


def page(batch, part=""):
    return f"/projects/{batch.project.slug}/models/{part}"


def shown(client, address):
    """What htmx is given."""
    response = client.get(address, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_manager_trains_a_model_and_reads_its_report_card(
    manager, batch, django_assert_num_queries
):
    card = shown(manager, page(batch, "training/"))
    assert "There are 49 accepted labels; the model learns from 50 or more. Label 1 more" in card
    assert "Train</button>" not in card
    # Whoever asks all the same is told the same.
    told = manager.post(page(batch, "train/"), follow=True)
    assert "Label 1 more item." in told.content.decode()
    make_accepted(batch, {"wren": 4}, first=100)
    assert "53 accepted labels are there" in shown(manager, page(batch, "training/"))

    manager.post(page(batch, "train/"))
    running = shown(manager, page(batch, "training/"))
    assert "Waits for its turn" in running
    assert 'hx-trigger="every 2s"' in running
    run_job(ModelTraining.objects.get().job_id, model_training.run_training)
    version = ModelVersion.objects.get()
    done = shown(manager, page(batch, "training/"))
    assert f'href="{page(batch)}{version.pk}/"' in done
    assert "Train anew" in done

    assert "report-card/" in manager.get(page(batch, f"{version.pk}/")).content.decode()
    with django_assert_num_queries(7):
        card = shown(manager, page(batch, f"{version.pk}/report-card/"))
    assert "It learned from 53 labels." in card
    assert "Forgotten" not in card
    # Nineteen wrens and four more are not enough to be sure of.
    assert '?control=species&amp;label_a=wren"' in card
    train(batch.project)
    newer = ModelVersion.objects.first()
    assert "on 53 items that" in shown(manager, page(batch, f"{newer.pk}/report-card/"))


def test_the_link_of_a_class_opens_exactly_what_it_counts(manager, batch):
    make_accepted(batch, {"wren": 4}, first=100)
    training = train(batch.project)
    [named] = [row["named"] for row in training.report["classes"] if row["name"] == "wren"]
    address = page(batch, f"{training.model_version_id}/learned-from/")
    found = manager.get(address, {"label": "wren"})
    assert len(found.context["rows"]) == named
    assert manager.get(address, {"label": "dodo"}).context["rows"] == []
    assert manager.get(address, {"class": "wren"}).status_code == 400


def test_a_training_is_cancelled_and_a_failure_is_told(manager, batch):
    make_accepted(batch, {"wren": 4}, first=100)
    manager.post(page(batch, "train/"))
    assert (
        "nothing of it is kept"
        in manager.post(page(batch, "training/cancel/"), follow=True).content.decode()
    )
    assert "was cancelled" in shown(manager, page(batch, "training/"))
    assert (
        "No training is under way"
        in manager.post(page(batch, "training/cancel/"), follow=True).content.decode()
    )
    assert not ModelVersion.everything.exists()
    # Its texts are gone by the time it runs.
    batch.project.items.update(data={})
    job = train(batch.project).job
    assert job.state == Job.State.FAILED
    told = shown(manager, page(batch, "training/"))
    assert "Too few of the labeled items can be read: 0 of 53." in told
    assert "Look at the items" in told


def test_only_managers_train_and_every_version_has_a_page(client, batch):
    expert = make_member(batch.project.teams.get(), Role.EXPERT)
    client.force_login(expert)
    assert "models/training/" not in client.get(page(batch)).content.decode()
    brought = make_model_version(batch.project)
    assert "was not trained here" in shown(client, page(batch, f"{brought.pk}/report-card/"))
    assert client.get(page(batch, f"{brought.pk}/learned-from/")).context["rows"] == []


def test_the_command_trains_and_prints_the_card(batch, capsys):
    with pytest.raises(SystemExit):
        call_command("train_model", batch.project.slug, "--json")
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "too_few_labels"
    make_accepted(batch, {"wren": 4}, first=100)
    call_command("train_model", batch.project.slug)
    printed = capsys.readouterr().out
    assert "model version: built-in 1" in printed
    assert "robin: learned, finds" in printed
