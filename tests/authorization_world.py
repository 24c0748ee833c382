"""Two projects, two houses, two vendors and one of everything that a route can name."""

import io
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from datasets.models import (
    BulkEdit,
    Campaign,
    DatasetVersion,
    Evaluation,
    FailureCase,
    Impact,
    Scenario,
    Segment,
    VectorSet,
)
from datasets.services.impact_measuring import NOTHING_MEASURED
from datasets.services.item_maps import make_map
from labelops.accounts.models import Role, SavedView, Team, User
from labelops.accounts.services import links, tokens
from labelops.jobs.models import Job
from labelops.media import storage
from labelops.notices.kinds import Kind
from labelops.notices.services import announcements
from labelops.notices.services.addresses import set_address, token_of
from labelops.notices.services.notices import notify
from reviews.models import (
    CalibrationRun,
    DetectorStanding,
    Drill,
    DrillItem,
    ExamAnswer,
    ExamAttempt,
    ExamItem,
    Feedback,
    GoldLeak,
    Lesson,
    LessonItem,
    Lot,
    Review,
    SecondLook,
    TrustStanding,
    Withdrawal,
)
from reviews.models.lots import pack_members
from tasks.models import (
    Annotation,
    Assignment,
    InstructionPicture,
    ItemReport,
    Question,
    Ruling,
    Stage,
    Suspension,
    Transfer,
)
from tasks.services import archiving, deletions, handout, uploads
from tasks.services.item_selection import Selection
from tasks.services.shared_media import address_of
from tests.datasets.traced import make_tracing
from tests.datasets.vectors import make_vector_set
from tests.factories import (
    CHOICE_SCHEMA,
    make_backend,
    make_batch,
    make_block,
    make_delivery,
    make_gold,
    make_gold_answer,
    make_grant,
    make_image_bytes,
    make_image_item,
    make_instruction,
    make_item,
    make_member,
    make_model_version,
    make_project,
    make_task,
    make_team,
    make_user,
)
from tests.reviews.crops import FISH, crop_ids
from tests.reviews.gold import known_answer

# "own": the house and the vendor that the project belongs to. "other": everybody else.
CAST = (
    "anonymous",
    "operator",
    "manager",
    "expert",
    "reviewer",
    "annotator",
    "holder",
    "vendor_manager",
    "vendor_annotator",
    "other_manager",
    "other_expert",
    "other_vendor_manager",
    "other_vendor_annotator",
)

NOTE = {"name": "note", "type": "text", "title": "Note", "required": False, "max_length": 2000}
SCHEMA = {
    "controls": [*CHOICE_SCHEMA["controls"], NOTE, *FISH["controls"]],
    "rules": [{"id": "r1", "type": "length", "control": "note", "severity": "warn", "min": 3}],
}


@dataclass
class World:
    """Ids of own objects, by the names that routes use, and the folder of its files."""

    media: Path | None = None
    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)


def build_world() -> World:
    world = World()
    house, vendor = make_team(name="House"), make_team(name="Vendor", kind=Team.Kind.VENDOR)
    _people(world, house, vendor)
    project = make_project(house, vendor, slug="own", created_by=world.people["manager"])
    robin = {"control": "species", "value": "robin"}
    blocks = [
        make_block(id="words"),
        make_block(id="robin", kind="class", classes=[robin], examples=[]),
    ]
    version = make_instruction(project, label_schema=SCHEMA, blocks=blocks)
    picture = InstructionPicture.objects.create(
        project=project,
        media_key=key_of_picture(),
        media_type="image/png",
        uploaded_by=world.people["expert"],
    )
    item = make_item(project, external_id="one")
    image = make_image_item(project, external_id="image")
    batch = make_batch(project, house, vendor, overlap=2)
    make_task(batch, image)
    _assignments(world, batch, version)
    _transfers(world, project)
    world.ids |= crop_ids(batch, {"species": "robin"})
    delivery = make_delivery(project)
    _report(world, batch)
    _question(world, batch, version)
    _training(world, project, version)
    _withdrawal(world, project)
    _calibration(world, batch, house)
    _trust(world, project)
    _gold(world, batch)
    _lot(world, batch, version)
    _dataset(world, project)
    _impact(world, batch)
    _bin(world, project, house)
    _accounts(world, house)
    _notices(world, project)
    world.ids |= {
        "slug": project.slug,
        "number": version.number,
        "model_id": make_grant(make_model_version(project), "", level=2).model_version_id,
        "standing_id": DetectorStanding.objects.create(
            project=project, detector="classes", label="robin", computed_at=timezone.now()
        ).pk,
        "block": "words",
        "class_block": "robin",
        "picture": picture.public_id,
        "item": item.public_id,
        "image": image.public_id,
        "batch_id": batch.pk,
        "team_id": house.pk,
        "vendor_id": vendor.pk,
        "backend": make_backend(project).pk,
        "image_token": address_of(image).rsplit("/", 2)[1],
        "webhook": delivery.webhook.public_id,
        "notice": world.people["holder"].notices.first().pk,
        "mail_token": token_of(world.people["holder"].mail_address),
        "delivery": delivery.public_id,
    }
    return world


def key_of_picture() -> str:
    key = storage.make_key("pictures")
    storage.save(key, [make_image_bytes()])
    return key


def _people(world: World, house: Team, vendor: Team) -> None:
    other_house = make_team(name="Other house")
    other_vendor = make_team(name="Other vendor", kind=Team.Kind.VENDOR)
    make_project(other_house, other_vendor, slug="other")
    members = {
        "manager": (house, Role.MANAGER),
        "expert": (house, Role.EXPERT),
        "reviewer": (house, Role.REVIEWER),
        "annotator": (house, Role.ANNOTATOR),
        "holder": (vendor, Role.ANNOTATOR),
        "vendor_manager": (vendor, Role.MANAGER),
        "vendor_annotator": (vendor, Role.ANNOTATOR),
        "other_manager": (other_house, Role.MANAGER),
        "other_expert": (other_house, Role.EXPERT),
        "other_vendor_manager": (other_vendor, Role.MANAGER),
        "other_vendor_annotator": (other_vendor, Role.ANNOTATOR),
    }
    for name, (team, role) in members.items():
        world.people[name] = make_member(team, role, username=name)
    world.people["operator"] = make_user("operator", is_staff=True)


def _notices(world: World, project: Any) -> None:
    parameters = {"project": project.name, "level": 2}
    holder = world.people["holder"]
    notify([holder], Kind.LEVEL_CHANGED, about=project, parameters=parameters)
    announcement = announcements.publish(
        title="Shifts", text="New hours.", teams=project.teams.all(), by=world.people["manager"]
    )
    world.ids["announcement"] = announcement.pk
    set_address(holder, "holder@example.org")


def _assignments(world: World, batch: Any, version: Any) -> None:
    """The holder has a lease and feedback; the expert holds a review."""
    holder, expert = world.people["holder"], world.people["expert"]
    [leased] = handout.next_assignments(holder).assignments
    task = leased.task
    done = make_task(batch)
    submitted = done.assignments.order_by("slot").first()
    Assignment.objects.filter(pk=submitted.pk).update(state="submitted", annotator=holder)
    annotation = Annotation.objects.create(
        task=done,
        author=holder,
        assignment=submitted,
        instruction_version=version,
        answer={"species": "robin"},
        submitted_at=leased.leased_at,
    )
    review_slot = Assignment.objects.create(
        task=done,
        batch=batch,
        stage=Stage.REVIEW,
        slot=1,
        state="leased",
        annotator=expert,
        leased_at=leased.leased_at,
        leased_until=leased.leased_until,
        instruction_version=version,
    )
    review = Review.objects.create(
        assignment=review_slot,
        task=done,
        reviewer=expert,
        decision="fix",
        decided_at=leased.leased_at,
    )
    feedback = Feedback.objects.create(
        review=review, annotation=annotation, author=holder, outcome="fixed"
    )
    second = Review.objects.create(
        assignment=done.assignments.order_by("slot").last(),
        task=done,
        reviewer=world.people["reviewer"],
        decision="accept",
        decided_at=leased.leased_at,
    )
    look = SecondLook.objects.create(
        first=review,
        kind="fast",
        task=done,
        round=1,
        slot=2,
        state="overturned",
        second=second,
        opened_at=leased.leased_at,
        closed_at=leased.leased_at,
    )
    world.ids |= {
        "assignment": leased.public_id,
        "look_id": look.pk,
        "reviewer_id": expert.pk,
        "review": review_slot.public_id,
        "feedback_id": feedback.pk,
        "task": task.public_id,
    }


def _report(world: World, batch: Any) -> None:
    """A report of an item that the annotator passed on."""
    annotator = world.people["annotator"]
    slot = make_task(batch).assignments.order_by("slot").first()
    Assignment.objects.filter(pk=slot.pk).update(state="skipped", annotator=annotator)
    report = ItemReport.objects.create(
        project=batch.project,
        item=slot.task.item,
        assignment=slot,
        reporter=annotator,
        reason=ItemReport.Reason.TRUNCATED,
        created_at=timezone.now(),
    )
    world.ids["report_id"] = report.pk


def _question(world: World, batch: Any, version: Any) -> None:
    """The annotator has asked about an item, and there is a draft of a ruling."""
    slot = make_task(batch).assignments.order_by("slot").first()
    annotator = world.people["annotator"]
    Assignment.objects.filter(pk=slot.pk).update(state="skipped", annotator=annotator)
    question = Question.objects.create(
        project=batch.project,
        item=slot.task.item,
        task=slot.task,
        assignment=slot,
        instruction_version=version,
        asker=annotator,
        text="Is this a bird?",
        asked_at=timezone.now(),
    )
    ruling = Ruling.objects.create(
        project=batch.project, number=1, verdict="It is.", author=world.people["expert"]
    )
    world.ids |= {"question": question.public_id, "ruling": ruling.number}


def _withdrawal(world: World, project: Any) -> None:
    """Work of the annotator that a manager is taking out."""
    now = timezone.now()
    made = Withdrawal.objects.create(
        project=project,
        person=world.people["annotator"],
        since=now - timedelta(days=1),
        until=now,
        reason="Too fast",
        job=Job.objects.create(kind="withdraw_work", created_by=world.people["manager"]),
        started_by=world.people["manager"],
        started_at=now,
        changed_at=now,
    )
    world.ids["withdrawal"] = made.pk


def _training(world: World, project: Any, version: Any) -> None:
    """A published lesson, and an exam that the holder sits."""
    holder = world.people["holder"]
    known = {"version": version, "answer": {"species": "robin"}}
    lesson = Lesson.objects.create(project=project, position=1, title="Robins", state="published")
    practice = LessonItem.objects.create(
        lesson=lesson, item=make_item(project), role=LessonItem.Role.PRACTICE, **known
    )
    exam_item = ExamItem.objects.create(project=project, item=make_item(project), **known)
    attempt = ExamAttempt.objects.create(
        project=project, person=holder, number=1, started_at=timezone.now()
    )
    answer = ExamAnswer.objects.create(attempt=attempt, exam_item=exam_item, place=1)
    world.ids |= {
        "lesson": lesson.pk,
        "lesson_item": practice.pk,
        "exam_item": exam_item.pk,
        "exam": attempt.public_id,
        "exam_place": answer.place,
        "holder_id": holder.pk,
    }
    drill = Drill.objects.create(
        project=project,
        person=holder,
        control="species",
        given="robin",
        expected="wren",
        before_right=0,
        before_count=0,
        item_count=1,
        started_at=timezone.now(),
    )
    DrillItem.objects.create(drill=drill, place=1, item=make_item(project), **known)
    world.ids |= {"drill": drill.public_id, "drill_place": 1}


def _gold(world: World, batch: Any) -> None:
    """Gold that has taught the holder, and a suspicion."""
    holder = world.people["holder"]
    made = make_gold(batch.project, by=world.people["expert"])
    known_answer(made, by=world.people["expert"])
    held = make_gold_answer(made, batch, holder, "robin", is_teaching=True)
    leak = GoldLeak.objects.create(
        project=batch.project,
        person=holder,
        pattern=GoldLeak.Pattern.LATER,
        figures={"fresh": {"right": 0, "n": 6}, "exposed": {"right": 6, "n": 6}},
        rotated_count=1,
        found_at=timezone.now(),
    )
    world.ids |= {"gold": made.pk, "gold_leak": leak.pk, "gold_assignment": held.public_id}


def _calibration(world: World, batch: Any, house: Team) -> None:
    waiting, small = (make_batch(batch.project, house, state="calibrating") for _number in range(2))
    run = CalibrationRun.objects.create(
        batch=waiting, run=small, created_by=world.people["manager"]
    )
    world.ids["run_id"] = run.pk


def _lot(world: World, batch: Any, version: Any) -> None:
    lot = Lot.objects.create(
        batch=batch,
        number=1,
        size=3,
        packed_members=pack_members([1, 2, 3]),
        strata={"classes": [["species", "robin", 3]], "people": []},
        aql_percent=1,
        ltpd_percent=5,
        producer_risk_percent=5,
        consumer_risk_percent=10,
        sample_count=3,
        allowed_count=0,
        seed=1,
        version=version,
        opened_by=world.people["manager"],
        opened_at=timezone.now(),
    )
    world.ids["lot_id"] = lot.pk


def _dataset(world: World, project: Any) -> None:
    """A frozen version without entries."""
    manager = world.people["manager"]
    version = DatasetVersion.objects.create(
        project=project,
        number=1,
        state=DatasetVersion.State.FROZEN,
        job=Job.objects.create(kind="freeze_dataset", state=Job.State.DONE, created_by=manager),
        label_filter={"batches": [], "accepted_only": True},
        counts={"splits": {"test": 0}, "classes": []},
        sha256="0" * 64,
        created_by=manager,
        snapshot_at=timezone.now(),
        frozen_at=timezone.now(),
    )
    world.ids["dataset"] = version.pk
    evaluation = Evaluation.objects.create(
        project=project,
        dataset_version=version,
        model_version=make_model_version(project),
        job=Job.objects.create(kind="evaluate", state=Job.State.DONE, created_by=manager),
        control="species",
        kind=Evaluation.Kind.CLASSES,
        classes=["robin"],
        created_by=manager,
        finished_at=timezone.now(),
    )
    world.ids["evaluation"] = evaluation.pk
    scenario = Scenario.objects.create(
        project=project,
        dataset_version=version,
        name="birds at dusk",
        control="species",
        bar_percent=90,
        item_count=0,
        created_by=manager,
    )
    world.ids["scenario"] = scenario.pk
    _traced(world, project, evaluation)
    _campaign(world, project)
    job = Job.objects.create(kind="bulk_edit", state=Job.State.DONE, created_by=manager)
    edit = BulkEdit.objects.create(project=project, act="tag", job=job, created_by=manager)
    world.ids["edit"] = edit.pk
    segment = Segment.objects.create(
        project=project,
        name="night",
        kind=Segment.Kind.STATIC,
        item_count=0,
        created_by=manager,
    )
    world.ids["segment"] = segment.pk
    case = FailureCase.objects.create(
        project=project, title="night", segment=segment, owner=manager, created_by=manager
    )
    world.ids["case"] = case.pk
    vectors = make_vector_set(project, {project.items.first(): (1, 0)})
    make_map(vectors, beat=lambda: None)
    world.ids["vectors"] = vectors.pk


def _traced(world: World, project: Any, evaluation: Evaluation) -> None:
    """A failing item of a group of its own."""
    vectors = make_vector_set(project, {project.items.first(): (1, 0)}, name="traced")
    found = make_tracing(evaluation, vectors, [make_item(project)])
    world.ids["group"] = 1
    world.ids["failure"] = found.causes.get().item.public_id


def _campaign(world: World, project: Any) -> None:
    manager = world.people["manager"]
    campaign = Campaign.objects.create(
        project=project,
        name="dusk",
        purpose="Wrens at dusk are missed.",
        quota=10,
        state=Campaign.State.OPEN,
        vector_set=VectorSet.objects.create(
            project=project, name="theirs", origin=VectorSet.Origin.BROUGHT, dimensions=4
        ),
        job=Job.objects.create(kind="prepare_campaign", state=Job.State.DONE, created_by=manager),
        created_by=manager,
    )
    world.ids["campaign"] = campaign.pk


def _impact(world: World, batch: Any) -> None:
    """Measured: whoever worked in the batch is told."""
    model = batch.project.model_versions.get(evaluations=world.ids["evaluation"])
    Impact.objects.create(
        batch=batch,
        target_id=world.ids["scenario"],
        before=model,
        after=model,
        wanted_gain=5,
        result=NOTHING_MEASURED,
        measured_at=timezone.now(),
        created_by=world.people["manager"],
    )


def _bin(world: World, project: Any, house: Team) -> None:
    """An item in it, and a project of the same house."""
    manager = world.people["manager"]
    chosen = Selection(ids=(str(make_item(project).public_id),))
    deletion = deletions.delete(project, chosen, reason="asked to", by=manager)
    binned = make_project(house, slug="binned", created_by=manager)
    archiving.delete(binned, name=binned.name, by=manager)
    world.ids |= {"deletion": deletion.public_id, "bin_slug": binned.slug}


def _accounts(world: World, house: Team) -> None:
    link, _secret = links.invite(house, role=Role.ANNOTATOR, note="", by=world.people["manager"])
    token, _secret = tokens.create_token(
        world.people["manager"], name="script", scope="read", days=7
    )
    world.ids |= {
        "link_id": link.pk,
        "token": token.public_id,
        "saved_view": SavedView.objects.create(
            user=world.people["manager"], page="board", name="Mine"
        ).pk,
        "person_id": world.people["annotator"].pk,
        "membership_id": world.people["annotator"].memberships.get().pk,
    }


def _trust(world: World, project: Any) -> None:
    """The annotator was suspended once, and is proposed for a promotion."""
    annotator = world.people["annotator"]
    now = timezone.now()
    suspension = Suspension.objects.create(
        project=project,
        person=annotator,
        reason="A pause.",
        started_at=now - timedelta(days=9),
        until=now - timedelta(days=6),
    )
    TrustStanding.objects.create(project=project, person=annotator, earned_level=4)
    world.ids["suspension_id"] = suspension.pk


def _transfers(world: World, project: Any) -> None:
    job = Job.objects.create(kind="export", created_by=world.people["manager"])
    stored = storage.save(storage.make_key("exports"), [b"{}\n"])
    Transfer.objects.create(
        project=project,
        direction="export",
        format="jsonl",
        job=job,
        file_name="own.jsonl",
        file_key=stored.key,
        manifest={"count": 1},
        rejected={"key": stored.key, "byte_count": 3, "row_count": 1, "is_cut": False},
    )
    world.ids["transfer"] = job.public_id
    sent = {"file": io.BytesIO(b"id,text\na,one\n"), "file_name": "sent.csv"}
    upload = uploads.receive_whole(project, **sent, by=world.people["manager"])
    world.ids["upload"] = upload.public_id
