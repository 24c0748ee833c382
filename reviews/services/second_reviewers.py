"""Who may look a second time: never an author, never who decided before, never knowingly."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelops.accounts.models import Membership, Role, Team, User
from reviews.models import Review, SecondLook
from tasks.access import EXPERTS, experts_of, people_to_review, projects
from tasks.models import Annotation, Assignment, Stage

DONE = (Assignment.State.SUBMITTED, Assignment.State.SKIPPED)


def somebody_elses(user: User) -> Q:
    """A filter of the open slots that this person must not take although they review the batch.

    A second look is somebody else's than who decided before; a contest is for experts of the own
    house; and of two who differ neither is the third.
    """
    looks = SecondLook.objects.filter(task=OuterRef("task"))
    contests = looks.filter(
        round=OuterRef("round"),
        slot=OuterRef("slot"),
        state=SecondLook.State.WAITING,
        kind=SecondLook.Kind.CONTEST,
    ).exclude(task__batch__project__in=projects(user, EXPERTS).values("pk"))
    decided = Review.objects.filter(task=OuterRef("task"), reviewer=user)
    differed = looks.filter(
        Q(first__reviewer=user) | Q(second__reviewer=user), state=SecondLook.State.DISPUTED
    )
    is_second = Q(stage=Stage.REVIEW, slot__gt=1)
    is_third = Q(stage=Stage.ADJUDICATE)
    return (is_second & (Q(Exists(decided)) | Q(Exists(contests)))) | (
        is_third & Q(Exists(differed))
    )


def eligible(look: SecondLook) -> QuerySet[User]:
    """`somebody_elses` seen from the other side: who could take a waiting look."""
    batch = look.task.batch
    if look.kind == SecondLook.Kind.CONTEST:
        return _new_to(look, experts_of(batch.project))
    return _new_to(look, people_to_review(batch))


def stuck_contests() -> QuerySet[SecondLook]:
    """Waiting contests that no expert of the house is left for."""
    experts = Membership.objects.filter(
        role=Role.EXPERT,
        team__kind=Team.Kind.IN_HOUSE,
        team__is_active=True,
        team__projects=OuterRef("task__batch__project"),
        user__is_active=True,
    )
    task, number = OuterRef(OuterRef("task")), OuterRef(OuterRef("round"))
    left = experts.exclude(_had_a_part(task, number, OuterRef("user")))
    return SecondLook.objects.filter(
        ~Exists(left), kind=SecondLook.Kind.CONTEST, state=SecondLook.State.WAITING
    )


def third_people(look: SecondLook) -> QuerySet[User]:
    """Experts who could decide between the two."""
    return _new_to(look, people_to_review(look.task.batch, EXPERTS))


def _new_to(look: SecondLook, people: QuerySet[User]) -> QuerySet[User]:
    return people.exclude(_had_a_part(look.task_id, look.round, OuterRef("pk")))


def _had_a_part(task: Any, number: Any, person: OuterRef) -> Q:
    """Whether somebody answered or decided a task, or passed it on in a round."""
    passed_on = Assignment.objects.filter(
        task=task,
        stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
        round=number,
        annotator=person,
        state__in=DONE,
    )
    return (
        Q(Exists(Annotation.everything.filter(task=task, author=person)))
        | Q(Exists(Review.objects.filter(task=task, reviewer=person)))
        | Q(Exists(passed_on))
    )
