"""The only way a review page or call obtains an object. What is not granted is a 404."""

import uuid

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from labelops.accounts.models import User
from reviews.models import CalibrationRun, Feedback
from tasks.access import EXPERTS, projects, reviewable_batches
from tasks.models import Assignment, Stage


def review_slots(user: User) -> QuerySet[Assignment]:
    """Review slots of the person's batches; adjudication is for experts alone."""
    return Assignment.objects.filter(
        Q(stage=Stage.REVIEW, batch__in=reviewable_batches(user))
        | Q(stage=Stage.ADJUDICATE, batch__in=reviewable_batches(user, EXPERTS))
    ).select_related("task__item", "task__batch", "batch__project")


def get_own_review(user: User, public_id: uuid.UUID) -> Assignment:
    """A review that this person holds or has decided."""
    return get_object_or_404(
        review_slots(user).select_related(
            "task__item__project", "task__consensus", "batch__project", "instruction_version"
        ),
        public_id=public_id,
        annotator=user,
    )


def get_calibration(user: User, run_id: int) -> CalibrationRun:
    """A calibration run of a project whose staff the person is."""
    runs = CalibrationRun.objects.filter(batch__project__in=projects(user))
    return get_object_or_404(runs.select_related("batch__project", "run"), pk=run_id)


def own_feedback(user: User) -> QuerySet[Feedback]:
    return Feedback.objects.filter(author=user).select_related(
        "review",
        "annotation__task__item",
        "annotation__assignment",
        "annotation__instruction_version",
    )


def get_feedback(user: User, feedback_id: int) -> Feedback:
    return get_object_or_404(own_feedback(user), pk=feedback_id)
