"""Loads the demo: people, three projects, and weeks of simulated work. Safe to run again."""

import io
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from labelops.accounts.demo_accounts import ACCOUNTS, PASSWORD, TEAMS
from labelops.accounts.models import Membership, Role, Team, User
from labelops.jobs.services import run_job
from reviews.demo import answers, pictures, schemas, texts
from reviews.demo.gold import load_gold
from reviews.demo.rates import set_demo_rates
from reviews.models import RejectReason
from reviews.services import consensus, desk, quality, queue, rollups
from tasks.kinds.answer import equal
from tasks.models import Assignment, Batch, Project
from tasks.services import (
    annotations,
    batch_items,
    batches,
    handout,
    imports,
    instructions,
    projects,
    publishing,
)
from tasks.services.annotations import Clocks

SEED = 7
DIGIT_COUNT = 150
SCENE_COUNT = 24
OPEN_SHARE = 0.7
DECISIONS_PER_PROJECT = 3
# Decisions on tasks that chance picked: what accuracy is estimated from.
SAMPLED_PER_PROJECT = 24
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """One project of the demo. `answer` simulates a person on an item's external id."""

    slug: str
    name: str
    item_type: Project.ItemType
    purpose: str
    schema: dict[str, Any]
    body: str
    file_name: str
    file: Callable[[], BinaryIO]
    answer: Callable[[str, answers.Skill, random.Random], answers.Answer]
    overlap: int
    due_in: timedelta


@transaction.atomic
def load_people() -> None:
    """One account per role, and the simulated crew; all at once, so that who is there can log in."""
    teams = {
        name: Team.objects.get_or_create(name=name, defaults={"kind": kind, "region": region})[0]
        for name, kind, region in TEAMS
    }
    for account in ACCOUNTS:
        user, _is_new = User.objects.get_or_create(
            username=account.username,
            # A hash takes long on purpose: one is made for those alone who are new.
            defaults={"name": account.name, "password": lambda: make_password(PASSWORD)},
        )
        Membership.objects.get_or_create(
            user=user, team=teams[account.team], defaults={"role": account.role}
        )
    for skill in answers.CREW:
        _simulated(skill.username, skill.name, _crew_team(), Role.ANNOTATOR)
    house = Team.objects.filter(kind=Team.Kind.IN_HOUSE).order_by("id").first()
    _simulated("sim-reviewer", "Simulated: reviewer", house, Role.REVIEWER)


def _crew_team() -> Team:
    """A vendor of its own, so that real vendors' statements hold no simulated work."""
    crew, _is_new = Team.objects.get_or_create(
        name="Simulated crew", defaults={"kind": Team.Kind.VENDOR}
    )
    return crew


def _simulated(username: str, name: str, team: Team, role: Role) -> User:
    user, _is_new = User.objects.get_or_create(
        username=username, defaults={"name": name, "is_simulated": True}
    )
    if user.has_usable_password():
        user.set_unusable_password()
        user.save()
    Membership.objects.get_or_create(user=user, team=team, defaults={"role": role})
    return user


def load(say: Say) -> None:
    """Everything that is missing. Each project is one step; an interrupted one goes on."""
    load_people()
    for plan in plans():
        if Project.everything.filter(slug=plan.slug, quality_snapshot__isnull=False).exists():
            say(f"{plan.name}: already there")
            continue
        say(f"{plan.name}: loading")
        project = _project(plan)
        set_demo_rates(project, by=_person(Role.MANAGER))
        batch = _batch(plan, project)
        _label(plan, batch)
        consensus.assess_waiting()
        _review(plan, project)
        load_gold(project, batch, plan.answer, expert=_person(Role.EXPERT), seed=str(SEED))
        rollups.count_changes()
        quality.compute_snapshot(project)


def plans() -> list[Plan]:
    digits = {picture.name: picture for picture in pictures.digit_pictures(DIGIT_COUNT)}
    scenes = {picture.name: picture for picture in pictures.scene_pictures(SCENE_COUNT)}
    sentences = {text.name: text for text in texts.texts()}
    return [
        Plan(
            slug="digits",
            name="Handwritten digits",
            item_type=Project.ItemType.IMAGE,
            purpose="Read the digits on parcel forms.",
            schema=schemas.DIGITS,
            body=schemas.DIGITS_TEXT,
            file_name="digits.zip",
            file=lambda: pictures.as_zip(list(digits.values())),
            answer=lambda name, skill, rng: answers.digit_answer(digits[name], skill, rng),
            overlap=3,
            due_in=timedelta(days=5),
        ),
        Plan(
            slug="paper-notes",
            name="Paper notes in photos",
            item_type=Project.ItemType.IMAGE,
            purpose="Find paper notes on busy backgrounds.",
            schema=schemas.SCENES,
            body=schemas.SCENES_TEXT,
            file_name="scenes.zip",
            file=lambda: pictures.as_zip(list(scenes.values())),
            answer=lambda name, skill, rng: answers.scene_answer(scenes[name], skill, rng),
            overlap=2,
            due_in=timedelta(days=9),
        ),
        Plan(
            slug="names",
            name="Names in short news",
            item_type=Project.ItemType.TEXT,
            purpose="Find people, organisations and places.",
            schema=schemas.NAMES,
            body=schemas.NAMES_TEXT,
            file_name="texts.jsonl",
            file=lambda: _jsonl(list(sentences.values())),
            answer=lambda name, skill, rng: answers.text_answer(sentences[name], skill, rng),
            overlap=2,
            due_in=timedelta(days=14),
        ),
    ]


def _jsonl(sentences: list[texts.Text]) -> BinaryIO:
    lines = [
        json.dumps({"external_id": text.name, "text": text.text}, ensure_ascii=False)
        for text in sentences
    ]
    return io.BytesIO("\n".join(lines).encode())


def _person(role: Role) -> User:
    account = next(account for account in ACCOUNTS if account.role == role)
    return User.objects.get(username=account.username)


def _project(plan: Plan) -> Project:
    project = Project.everything.filter(slug=plan.slug).first()
    if project is None:
        project = projects.create_project(
            name=plan.name,
            slug=plan.slug,
            item_type=plan.item_type,
            purpose=plan.purpose,
            label_schema=plan.schema,
            body=plan.body.strip(),
            teams=list(Team.objects.all()),
            by=_person(Role.MANAGER),
        )
    if instructions.current_version(project) is None:
        publishing.publish(project.instruction_versions.get(), by=_person(Role.EXPERT))
    return project


def _batch(plan: Plan, project: Project) -> Batch:
    manager = _person(Role.MANAGER)
    transfer = imports.start_import(project, file=plan.file(), file_name=plan.file_name, by=manager)
    run_job(transfer.job_id, imports.run_import)
    batch = project.batches.filter(name="First batch").first()
    if batch is None:
        batch = batches.create_batch(
            project,
            by=manager,
            name="First batch",
            purpose=plan.purpose,
            priority=Batch.Priority.DATED,
            due_at=timezone.now() + plan.due_in,
            overlap=plan.overlap,
            review_percent=10,
            teams=list(Team.objects.all()),
        )
    batch_items.add_items(batch, None, by=manager)
    if batch.state == Batch.State.DRAFT:
        batches.start_batch(batch, by=manager)
    return batch


def _label(plan: Plan, batch: Batch) -> None:
    """The crew labels most of the batch, as over the last week."""
    generator = random.Random(f"{SEED} {plan.slug}")
    target = int(batch.tasks.count() * OPEN_SHARE)
    crew = [(skill, User.objects.get(username=skill.username)) for skill in answers.CREW]
    for skill, user in crew:
        for number in range(target):
            if generator.random() > plan.overlap / len(crew):
                continue
            moment = timezone.now() - timedelta(days=7 * (1 - number / target))
            _label_one(plan, batch, skill, user, generator, moment)


def _label_one(
    plan: Plan,
    batch: Batch,
    skill: answers.Skill,
    user: User,
    generator: random.Random,
    moment: Any,
) -> None:
    given = handout.next_assignments(user, batch=batch.pk, now=moment)
    for assignment in given.assignments:
        annotations.submit(
            assignment.public_id,
            answer=plan.answer(assignment.task.item.external_id, skill, generator),
            request_id=uuid.uuid4(),
            clocks=Clocks(active_ms=int(1000 * generator.gammavariate(4, skill.seconds / 4))),
            by=user,
            now=moment,
        )


class Chance(random.Random):
    """Dice by which every review is of the random order."""

    def random(self) -> float:
        return 0.0


def _review(plan: Plan, project: Project) -> None:
    """A simulated reviewer has decided some cases, so that inboxes and figures show something."""
    reviewer = User.objects.get(username="sim-reviewer")
    perfect = answers.Skill("truth", "", accuracy=1.1, shake=0, seconds=0)
    generator = random.Random(SEED)
    for number in range(DECISIONS_PER_PROJECT + SAMPLED_PER_PROJECT):
        rng = Chance() if number >= DECISIONS_PER_PROJECT else None
        assignment = queue.next_review(reviewer, project=project, rng=rng)
        if assignment is None:
            return
        truth = plan.answer(assignment.task.item.external_id, perfect, generator)
        _decide(assignment, truth, reviewer)


def _decide(assignment: Assignment, truth: answers.Answer, reviewer: User) -> None:
    schema = assignment.instruction_version.label_schema
    is_right = equal(schema, truth, assignment.task.consensus.answer)
    verdict = (
        {"decision": "accept"}
        if is_right
        else {
            "decision": "fix",
            "answer": truth,
            "reason": RejectReason.RULE_NOT_FOLLOWED,
            "comment": "Decided by the simulated reviewer of the demo.",
        }
    )
    desk.decide(assignment, by=reviewer, request_id=uuid.uuid4(), **verdict)
