"""The only way a review page or call obtains an object. What is not granted is a 404."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from labelops.accounts.models import Membership, Role, Team, User
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
    WorkDay,
)
from tasks.access import (
    EXPERTS,
    REVIEWERS,
    STAFF,
    batches_to_review,
    get_project,
    own_assignments,
    projects,
    readable_projects,
    require_role,
    reviewable_batches,
    reviewable_projects,
)
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    GoldItem,
    Item,
    ModelVersion,
    Project,
    Stage,
    Suspension,
    Task,
)
from tasks.services.qualifications import people_of

DECIDED_ON = (Task.State.ACCEPTED, Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION)


def get_task_to_decide(user: User, public_id: uuid.UUID) -> Task:
    """A labelled task of a batch that the person reviews."""
    rows = Task.objects.filter(
        batch__in=reviewable_batches(user), item__deletion=None, state__in=DECIDED_ON
    )
    related = ("batch", "item", "consensus")
    return get_object_or_404(rows.select_related(*related), public_id=public_id)


def review_slots(user: User) -> QuerySet[Assignment]:
    """Review slots of the person's batches."""
    allowed = to_review(lambda roles: reviewable_batches(user, roles))
    shown = Assignment.objects.filter(allowed, task__set_aside__isnull=True)
    return shown.select_related("task__item", "task__batch", "batch__project")


def to_review(batches: Callable[[tuple[Role, ...]], Any]) -> Q:
    """Slots of review; adjudication is for experts alone. `batches` gives those of some roles."""
    return Q(stage=Stage.REVIEW, batch__in=batches(REVIEWERS)) | Q(
        stage=Stage.ADJUDICATE, batch__in=batches(EXPERTS)
    )


def get_own_review(user: User, public_id: uuid.UUID) -> Assignment:
    """A review that this person holds or has decided."""
    return get_object_or_404(
        review_slots(user).select_related(
            "task__item__project", "task__consensus", "batch__project", "instruction_version"
        ),
        public_id=public_id,
        annotator=user,
    )


def crop_tasks(user: User, project: Project) -> QuerySet[Task]:
    """Tasks whose objects the person may be shown as crops: of their batches, and not their own."""
    own = Annotation.everything.filter(task=OuterRef("pk"), author=user)
    batches = batches_to_review(user).filter(project=project)
    tasks = Task.objects.filter(batch__in=batches.order_by().values("pk"), set_aside__isnull=True)
    return tasks.exclude(Exists(own))


def get_crop_task(user: User, slug: str, public_id: uuid.UUID) -> Task:
    project = get_object_or_404(reviewable_projects(user), slug=slug)
    rows = crop_tasks(user, project).select_related("item", "batch__project")
    return get_object_or_404(rows, public_id=public_id)


def get_calibration(user: User, run_id: int) -> CalibrationRun:
    """A calibration run of a project whose staff the person is."""
    runs = CalibrationRun.objects.filter(batch__project__in=projects(user))
    return get_object_or_404(runs.select_related("batch__project", "run"), pk=run_id)


def get_model_version(
    user: User, slug: str, model_id: int, roles: tuple[Role, ...] = STAFF
) -> ModelVersion:
    """A model version of a project that the person may open; nobody else learns of it."""
    project = get_project(user, slug, roles)
    rows = ModelVersion.objects.select_related("project", "user", "parent")
    return get_object_or_404(rows, project=project, pk=model_id)


def get_detector_standing(
    user: User, slug: str, standing_id: int, roles: tuple[Role, ...]
) -> DetectorStanding:
    """A detector of wrong labels in one class of a project that the person may open."""
    rows = DetectorStanding.objects.select_related("project")
    return get_object_or_404(rows, project=get_project(user, slug, roles), pk=standing_id)


def board_projects(user: User) -> QuerySet[Project]:
    """Projects on whose board the person looks: they must be staff of one. Raises Http404."""
    require_role(user)
    return projects(user)


def board_batches(of: QuerySet[Project]) -> QuerySet[Batch]:
    return Batch.objects.filter(project__in=of.order_by().values("pk"))


def get_batch_with_figures(user: User, batch_id: int) -> Batch:
    rows = board_batches(projects(user, archived=True)).select_related(
        "project", "figures", "forecast"
    )
    return get_object_or_404(rows.prefetch_related("tallies"), pk=batch_id)


def get_lot(user: User, lot_id: int, roles: tuple[Role, ...] = STAFF) -> Lot:
    """A lot of a project that the person may open; a vendor's people never see theirs."""
    lots = Lot.objects.filter(batch__project__in=projects(user, roles))
    return get_object_or_404(
        lots.defer("packed_members").select_related("batch__project", "team", "version"), pk=lot_id
    )


def own_feedback(user: User) -> QuerySet[Feedback]:
    return (
        Feedback.objects.of_standing_items()
        .filter(author=user)
        .select_related(
            "review",
            "author",
            "annotation__task__item",
            "annotation__task__batch__project",
            "annotation__assignment",
            "annotation__instruction_version__project",
        )
    )


def get_feedback(user: User, feedback_id: int) -> Feedback:
    return get_object_or_404(own_feedback(user), pk=feedback_id)


def get_overturned(user: User, look_id: int) -> SecondLook:
    """A second look at a decision of the person's own that did not stand."""
    rows = SecondLook.objects.filter(
        first__reviewer=user,
        state=SecondLook.State.OVERTURNED,
        task__item__deletion=None,
        task__batch__project__deleted_at=None,
    )
    found = rows.select_related("task__item", "first__assignment__instruction_version", "second")
    return get_object_or_404(found, pk=look_id)


def get_reviewer(project: Project, person_id: int) -> User:
    """Somebody who has decided in the project, whose staff the caller is."""
    decided = Review.objects.filter(reviewer=OuterRef("pk"), task__batch__project=project)
    return get_object_or_404(User.objects.filter(Exists(decided)), pk=person_id)


def get_own_drill(user: User, public_id: uuid.UUID) -> Drill:
    drills = Drill.objects.filter(person=user, project__in=readable_projects(user).values("pk"))
    return get_object_or_404(drills.select_related("project", "person"), public_id=public_id)


def get_training_project(user: User, slug: str) -> Project:
    """A project in whose lessons and exam the person may take part."""
    return get_object_or_404(readable_projects(user), slug=slug)


def get_published_lesson(user: User, lesson_id: int) -> Lesson:
    lessons = Lesson.objects.filter(
        project__in=readable_projects(user).values("pk"), state=Lesson.State.PUBLISHED
    )
    return get_object_or_404(lessons.select_related("project"), pk=lesson_id)


def get_lesson(user: User, slug: str, lesson_id: int) -> Lesson:
    """A lesson in whatever state, for those who write it."""
    lessons = Lesson.objects.filter(project__in=projects(user), project__slug=slug)
    return get_object_or_404(lessons.select_related("project"), pk=lesson_id)


def get_lesson_item(user: User, slug: str, lesson_id: int, item_id: int) -> LessonItem:
    rows = get_lesson(user, slug, lesson_id).items.select_related("lesson__project", "item")
    return get_object_or_404(rows, pk=item_id)


def get_exam_item(user: User, slug: str, exam_item_id: int) -> ExamItem:
    rows = ExamItem.objects.filter(project__in=projects(user), project__slug=slug)
    return get_object_or_404(rows.select_related("project", "item", "version"), pk=exam_item_id)


def own_attempts(user: User) -> QuerySet[ExamAttempt]:
    return ExamAttempt.objects.filter(
        person=user, project__in=readable_projects(user).values("pk")
    ).select_related("project")


def get_own_attempt(user: User, public_id: uuid.UUID) -> ExamAttempt:
    return get_object_or_404(own_attempts(user), public_id=public_id)


def get_own_place(user: User, public_id: uuid.UUID, place: int) -> ExamAnswer:
    answers = ExamAnswer.objects.filter(attempt=get_own_attempt(user, public_id))
    rows = answers.select_related("attempt__project", "exam_item__item", "exam_item__version")
    return get_object_or_404(rows, place=place)


def sits_exam_with(user: User, item: Item) -> bool:
    """Whether an attempt of the person, finished or not, holds the item."""
    return ExamAnswer.objects.filter(
        exam_item__item=item, attempt__in=own_attempts(user).order_by().values("pk")
    ).exists()


def get_person(
    user: User, slug: str, person_id: int, roles: tuple[Role, ...] = STAFF
) -> tuple[Project, User]:
    """Somebody who labels in a project of the user's house, with their `level`; never oneself.

    What was known to be right about one's own answers is not for oneself to see.
    """
    project = get_project(user, slug, roles)
    people = people_of(project).exclude(pk=user.pk)
    return project, get_object_or_404(people, pk=person_id)


def get_vendor_team(user: User, team_id: int) -> Team:
    """A vendor's team of which the person is a manager."""
    managed = user.memberships.filter(role=Role.MANAGER).values("team")
    teams = Team.objects.filter(pk__in=managed, kind=Team.Kind.VENDOR, is_active=True)
    return get_object_or_404(teams, pk=team_id)


def get_standing(user: User, slug: str, person_id: int) -> TrustStanding:
    """How far somebody else is on the ladder of a project of the user's house."""
    project, person = get_person(user, slug, person_id)
    rows = TrustStanding.objects.select_related("project", "person")
    return get_object_or_404(rows, project=project, person=person)


def own_suspensions(user: User) -> QuerySet[Suspension]:
    return Suspension.objects.filter(person=user).select_related("project")


def get_own_suspension(user: User, suspension_id: int) -> Suspension:
    return get_object_or_404(own_suspensions(user), pk=suspension_id)


def get_suspension(user: User, suspension_id: int, roles: tuple[Role, ...] = STAFF) -> Suspension:
    """Somebody else's suspension in a project of the user's house."""
    rows = Suspension.objects.filter(project__in=projects(user, roles)).exclude(person=user)
    return get_object_or_404(rows.select_related("project", "person"), pk=suspension_id)


def get_author(user: User, slug: str, person_id: int) -> tuple[Project, User]:
    """Somebody else who has labelled in a project of the user's house, or labels there now."""
    project = get_project(user, slug)
    made = Annotation.everything.filter(author=OuterRef("pk"), task__batch__project=project)
    authors = User.objects.filter(Q(Exists(made)) | Q(pk__in=people_of(project).values("pk")))
    return project, get_object_or_404(authors.exclude(pk=user.pk), pk=person_id)


def withdrawals(user: User) -> QuerySet[Withdrawal]:
    """Of others' work in the projects of the person's house."""
    rows = Withdrawal.objects.filter(project__in=projects(user)).exclude(person=user)
    return rows.select_related("project", "person", "job", "undoing", "started_by")


def get_withdrawal(user: User, withdrawal_id: int) -> Withdrawal:
    return get_object_or_404(withdrawals(user), pk=withdrawal_id)


def get_managed_team(user: User, team_id: int) -> Team:
    """A team whose manager the person is: only they see what it is paid."""
    held = user.memberships.filter(role=Role.MANAGER, team__is_active=True)
    return get_object_or_404(Team.objects.filter(pk__in=held.values("team")), pk=team_id)


def get_paid_person(person_id: int, *, project: Project | None, team: Team | None) -> User:
    """Somebody who is or was at work in a project or a team that the caller was let into."""
    if team:
        here = {"team": team.pk}
        work, memberships = WorkDay.objects.filter(**here), Membership.objects.filter(**here)
    else:
        work = WorkDay.objects.filter(batch__project=project)
        memberships = Membership.objects.filter(team__projects=project)
    known = Q(pk__in=work.filter(person=person_id).values("person")) | Q(
        pk__in=memberships.filter(user=person_id).values("user")
    )
    return get_object_or_404(User.objects.filter(known), pk=person_id)


def get_paid_team(project: Project, team_id: int) -> Team:
    """A team that is or was at work in a project that the caller was let into."""
    work = WorkDay.objects.filter(batch__project=project, team=team_id)
    known = Q(pk__in=project.teams.values("pk")) | Q(pk__in=work.values("team"))
    return get_object_or_404(Team.objects.filter(known), pk=team_id)


def get_gold(user: User, slug: str, gold_id: int, roles: tuple[Role, ...] = STAFF) -> GoldItem:
    """A gold item of a project whose staff the person is; only experts change it."""
    rows = GoldItem.objects.filter(project=get_project(user, slug, roles))
    return get_object_or_404(rows.select_related("project", "item"), pk=gold_id)


def get_gold_candidate(user: User, slug: str, public_id: uuid.UUID) -> Task:
    """A task of whose label an expert of the project may make gold."""
    project = get_project(user, slug, EXPERTS)
    rows = Task.objects.filter(batch__project=project, set_aside__isnull=True)
    return get_object_or_404(
        rows.select_related("batch__project", "item", "result_version"), public_id=public_id
    )


def get_gold_leak(user: User, slug: str, leak_id: int) -> GoldLeak:
    rows = GoldLeak.objects.filter(project=get_project(user, slug))
    return get_object_or_404(rows.select_related("project"), pk=leak_id)


def get_own_answer(user: User, public_id: uuid.UUID) -> Annotation:
    """What the person answered under one of their own assignments."""
    rows = Annotation.everything.filter(assignment__in=own_assignments(user, stage=Stage.ANNOTATE))
    return get_object_or_404(
        rows.select_related("instruction_version"), assignment__public_id=public_id
    )


def learns_from(user: User, item: Item) -> bool:
    """Whether the item is in a drill of theirs, or their decision on it was overturned."""
    in_drill = DrillItem.objects.filter(
        item=item, drill__person=user, drill__project__in=readable_projects(user).values("pk")
    )
    overturned = SecondLook.objects.filter(
        task__item=item, first__reviewer=user, state=SecondLook.State.OVERTURNED
    )
    return in_drill.exists() or overturned.exists()
