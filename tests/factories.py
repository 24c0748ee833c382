"""Plain functions that make rows for tests; every default can be overridden by keyword."""

import io
import itertools
import uuid
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from PIL import Image

from labelops.accounts.models import Membership, Role, Team, User
from labelops.media import storage
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services.outbox import note
from reviews.models import Consensus
from tasks.kinds.answer import classes_in
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    GoldItem,
    GoldServing,
    InstructionVersion,
    Item,
    LabelClass,
    ModelBackend,
    ModelGrant,
    ModelVersion,
    Prediction,
    Project,
    Task,
)
from tasks.services import gold, results, tallies
from tasks.services.annotations import submit
from tasks.services.grid import class_of
from tasks.services.media import store_image
from tasks.services.model_grants import set_grant
from tasks.services.predictions import get_model_version

_numbers = itertools.count(1)

PASSWORD = "correct horse battery"
CHOICE_SCHEMA = {
    "controls": [
        {
            "name": "species",
            "type": "choice",
            "title": "Which bird?",
            "required": True,
            "multiple": False,
            "options": [
                {"value": "robin", "title": "Robin", "key": "1", "color": "#2f9e44"},
                {"value": "wren", "title": "Wren", "key": "2", "color": "#1971c2"},
            ],
        }
    ]
}

ROBIN = {"control": "species", "value": "robin"}
WREN = {"control": "species", "value": "wren"}


def make_user(username: str = "", **over: Any) -> User:
    username = username or f"person{next(_numbers)}"
    password = over.pop("password", PASSWORD)
    return User.objects.create_user(username, password=password, **over)


def make_team(**over: Any) -> Team:
    over.setdefault("name", f"Team {next(_numbers)}")
    over.setdefault("kind", Team.Kind.IN_HOUSE)
    return Team.objects.create(**over)


def make_membership(user: User, team: Team, role: str = Role.ANNOTATOR) -> Membership:
    return Membership.objects.create(user=user, team=team, role=role)


def make_member(team: Team, role: str = Role.ANNOTATOR, **over: Any) -> User:
    user = make_user(**over)
    make_membership(user, team, role)
    return user


def make_project(*teams: Team, **over: Any) -> Project:
    number = next(_numbers)
    over.setdefault("slug", f"project-{number}")
    over.setdefault("name", f"Project {number}")
    over.setdefault("item_type", Project.ItemType.TEXT)
    if "created_by" not in over:
        over["created_by"] = make_user()
    project = Project.objects.create(**over)
    project.teams.set(teams)
    return project


def make_instruction(project: Project, **over: Any) -> InstructionVersion:
    over.setdefault("number", 1)
    over.setdefault("state", InstructionVersion.State.PUBLISHED)
    over.setdefault("blocks", [make_block(over.pop("body", "Look closely."))])
    over.setdefault("label_schema", CHOICE_SCHEMA)
    over.setdefault("author", project.created_by)
    return InstructionVersion.objects.create(project=project, **over)


def make_block(body: str = "Look closely.", **over: Any) -> dict[str, Any]:
    over.setdefault("id", f"b{next(_numbers)}")
    over.setdefault("kind", "text")
    return {"title": "", "body": body, "classes": [], **over}


def make_example(item: Item, verdict: str = "do", **over: Any) -> dict[str, Any]:
    over.setdefault("id", f"e{next(_numbers)}")
    return {"item": str(item.public_id), "verdict": verdict, "note": "", "region": None, **over}


def make_item(project: Project, **over: Any) -> Item:
    over.setdefault("external_id", f"item-{next(_numbers)}")
    over.setdefault("data", {"text": "A small bird with a red breast."})
    return Item.objects.create(project=project, **over)


def make_batch(project: Project, *teams: Team, **over: Any) -> Batch:
    over.setdefault("name", f"Batch {next(_numbers)}")
    over.setdefault("overlap", 2)
    over.setdefault("review_percent", 0)
    over.setdefault("state", Batch.State.RUNNING)
    over.setdefault("created_by", project.created_by)
    batch = Batch.objects.create(project=project, **over)
    batch.teams.set(teams)
    return batch


def make_task(batch: Batch, item: Item | None = None, **over: Any) -> Task:
    """A task with its open slots, as `batch_items.add_items` makes them."""
    over.setdefault("labels_missing", batch.overlap)
    task = Task.objects.create(batch=batch, item=item or make_item(batch.project), **over)
    tallies.add(batch.pk, None, **{f"{task.state}_count": 1})
    Assignment.objects.bulk_create(
        Assignment(task=task, batch=batch, slot=slot + 1) for slot in range(batch.overlap)
    )
    return task


def make_published_project(*teams: Team, **over: Any) -> Project:
    """A project whose instructions are published, so that its batches hand out."""
    project = make_project(*teams, **over)
    make_instruction(project)
    return project


def make_image_bytes(size=(64, 48), *, format: str = "PNG", color="teal", **save: Any) -> bytes:
    stream = io.BytesIO()
    mode = save.pop("mode", "RGB")
    Image.new(mode, size, color).save(stream, format, **save)
    return stream.getvalue()


def make_image_item(project: Project, size=(64, 48), *, color="teal", **over: Any) -> Item:
    """An item with its picture in storage; `mode` is that of the picture."""
    key = storage.make_key("items")
    picture = {"mode": over.pop("mode")} if "mode" in over else {}
    store_image(key, make_image_bytes(size, color=color, **picture))
    return make_item(project, media_key=key, width=size[0], height=size[1], **over)


def make_zip_bytes(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            # Without the time of day: the same entries are the same bytes.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def make_annotation(task: Task, author: User, answer: dict[str, Any], **over: Any) -> Annotation:
    """A submitted answer on the task's first free slot of its round."""
    slot = task.assignments.filter(state=Assignment.State.OPEN, stage="annotate").first()
    version = task.batch.project.instruction_versions.get(state="published")
    now = timezone.now()
    slot.state, slot.annotator, slot.leased_at = Assignment.State.LEASED, author, now
    slot.leased_until, slot.instruction_version = now + timedelta(minutes=5), version
    slot.save()
    over = {"answer": answer, "request_id": uuid.uuid4(), "by": author} | over
    return submit(slot.public_id, **over).annotation


def make_labeled_task(batch: Batch, *labels: str, authors: Sequence[User] = ()) -> Task:
    """A task whose labels are all in, one author a label."""
    task = make_task(batch)
    team = batch.teams.first()
    people = authors or [make_member(team) for _label in labels]
    for author, label in zip(people, labels, strict=True):
        make_annotation(task, author, {"species": label})
    task.refresh_from_db()
    return task


def make_accepted_tasks(
    batch: Batch, count: int, *, answer: dict[str, Any], author: User
) -> list[Task]:
    """Tasks that the vote has accepted, with one label each by the author; quick in any number."""
    project, now = batch.project, timezone.now()
    version = project.instruction_versions.get(state="published")
    names = [f"item-{next(_numbers)}" for _number in range(count)]
    items = Item.objects.bulk_create(Item(project=project, external_id=name) for name in names)
    tasks = Task.objects.bulk_create(
        Task(
            batch=batch,
            item=item,
            state=Task.State.ACCEPTED,
            result_answer=answer,
            result_source=Task.Source.VOTE,
            result_revision=1,
            result_version=version,
            settled_at=now,
        )
        for item in items
    )
    slots = Assignment.objects.bulk_create(
        Assignment(
            task=task,
            batch=batch,
            slot=1,
            state=Assignment.State.SUBMITTED,
            annotator=author,
            instruction_version=version,
            ended_at=now,
        )
        for task in tasks
    )
    Annotation.objects.bulk_create(
        Annotation(
            task=slot.task,
            author=author,
            assignment=slot,
            instruction_version=version,
            answer=answer,
            submitted_at=now,
        )
        for slot in slots
    )
    Consensus.objects.bulk_create(
        Consensus(
            task=task,
            batch=batch,
            project=project,
            label=class_of(version.label_schema, answer),
            answer=answer,
            voted=answer,
            method="vote",
            annotation_count=1,
            p_wrong=0.25,
            risk=0.25,
            inferred_wrong=0.25,
            inferred_risk=0.25,
            draw=number / count,
            computed_at=now,
        )
        for number, task in enumerate(tasks)
    )
    named = classes_in(version.label_schema, answer)
    LabelClass.objects.bulk_create(
        LabelClass(task=task, project=project, control=control, value=value)
        for task in tasks
        for control, value in named
    )
    tallies.add(batch.pk, None, accepted_count=count)
    return tasks


def settle(task: Task, answer: dict[str, Any], **over: Any) -> None:
    """Accept a label, as an expert's review would under the published version."""
    over.setdefault("source", Task.Source.REVIEW)
    over.setdefault("confidence", None)
    over.setdefault("by", None)
    if "version" not in over:
        over["version"] = task.batch.project.instruction_versions.get(state="published")
    with transaction.atomic():
        results.settle(results.lock_task(task.pk), answer=answer, **over)
    task.refresh_from_db()


def make_model_version(project: Project, **over: Any) -> ModelVersion:
    over.setdefault("name", "digits")
    over.setdefault("version", f"v{next(_numbers)}")
    over.setdefault("by", project.created_by)
    return get_model_version(project, **over)


def make_backend(project: Project, **over: Any) -> ModelBackend:
    """At an address that nothing is sent to, unless it is named."""
    over.setdefault("name", "birds")
    over.setdefault("address", "http://127.0.0.1/")
    over.setdefault("created_by", project.created_by)
    return ModelBackend.objects.create(project=project, **over)


def make_prediction(
    model_version: ModelVersion, item: Item, label: str = "robin", **over: Any
) -> Prediction:
    """An answer to the usual question."""
    over.setdefault("answer", {"species": label})
    over.setdefault("score", 0.9)
    over.setdefault("created_at", timezone.now())
    return Prediction.objects.create(model_version=model_version, item=item, label=label, **over)


def make_grant(model_version: ModelVersion, label: str = "robin", **over: Any) -> ModelGrant:
    """Level 4 above a score of 0.8, unless told otherwise."""
    over.setdefault("level", ModelGrant.Level.SOLOIST)
    if over["level"] == ModelGrant.Level.SOLOIST:
        over = {"cut": 0.8, "bar_percent": 95} | over
    return set_grant(model_version, label, **{"by": None, "reason": "made for a test"} | over)


def make_gold(project: Project, label: str = "robin", **over: Any) -> GoldItem:
    """An item in the pool, in use unless said otherwise; what is right about it is not stored."""
    over.setdefault("state", GoldItem.State.ACTIVE)
    over.setdefault("by", project.created_by)
    item = over.pop("item", None) or make_item(project)
    return gold.add(item, label_class=label, **over)


def make_gold_answer(
    gold: GoldItem, batch: Batch, person: User, label: str = "", **over: Any
) -> Assignment:
    """A slot of a gold item as it is served to a person; answered when a label is given."""
    task, _is_new = Task.objects.get_or_create(batch=batch, item=gold.item, state=Task.State.GOLD)
    now = timezone.now()
    held = Assignment.objects.create(
        task=task,
        batch=batch,
        slot=task.assignments.count() + 1,
        precedence=0,
        state=Assignment.State.LEASED,
        annotator=person,
        leased_at=now,
        leased_until=now + timedelta(minutes=30),
        instruction_version=batch.project.instruction_versions.get(state="published"),
    )
    GoldServing.objects.create(gold=gold, person=person, task=task, served_at=now, **over)
    if label:
        submit(held.public_id, answer={"species": label}, request_id=uuid.uuid4(), by=person)
        held.refresh_from_db()
    return held


def make_delivery(project: Project, **over: Any) -> Delivery:
    """An event that waits for a webhook of its own, to an address that nothing is sent to."""
    hook = Webhook.objects.create(
        project=project,
        address="http://127.0.0.1/",
        events=["batch.closed"],
        created_by=project.created_by,
    )
    delivery = note(hook, "batch.closed", {"batch": 1}, now=timezone.now())
    for name, value in over.items():
        setattr(delivery, name, value)
    delivery.save()
    return delivery
