"""The only way a dataset page or call obtains an object. What is not granted is a 404.

Dataset versions leave the house as whole files, so they are for the managers of the project, as
exports. What traces errors to their data is for its experts, too.
"""

import uuid

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from datasets.models import (
    BulkEdit,
    Campaign,
    DatasetVersion,
    Evaluation,
    FailureCase,
    FailureCause,
    FailureCluster,
    Impact,
    Scenario,
    Segment,
    VectorSet,
)
from labelops.accounts.models import Role, User
from labelops.lists import number_or_none
from reviews.models import Review
from tasks.access import MANAGERS, STAFF, projects
from tasks.models import Annotation, Project

REPORTS = ("counts", "conflicts", "leaks", "changes")


def versions_of(project: Project) -> QuerySet[DatasetVersion]:
    """All versions of a project, newest first, without what only their own page shows."""
    rows = project.dataset_versions.defer(*REPORTS)
    return rows.select_related("job", "created_by", "parent").order_by("-number")


def get_version(user: User, version_id: int) -> DatasetVersion:
    rows = DatasetVersion.objects.filter(project__in=projects(user, MANAGERS))
    return get_object_or_404(
        rows.select_related("project", "job", "created_by", "parent"), pk=version_id
    )


def frozen_others(version: DatasetVersion) -> QuerySet[DatasetVersion]:
    """The frozen versions of the same project with which one can be compared."""
    rows = DatasetVersion.objects.filter(project=version.project_id)
    return rows.filter(state=DatasetVersion.State.FROZEN).exclude(pk=version.pk)


def get_frozen(user: User, version_id: int) -> DatasetVersion:
    version = get_version(user, version_id)
    if not version.is_frozen:
        raise Http404
    return version


def get_other(version: DatasetVersion, number: str) -> DatasetVersion | None:
    """What a version is compared with: the one of that number, its parent when none is named."""
    if not number:
        return version.parent
    return get_object_or_404(frozen_others(version), number=number_or_none(number, digits=9))


def get_evaluation(
    user: User, slug: str, evaluation_id: int, roles: tuple[Role, ...] = STAFF
) -> Evaluation:
    rows = Evaluation.objects.filter(project__in=projects(user, roles), project__slug=slug)
    related = ("project", "job", "dataset_version", "model_version", "created_by")
    return get_object_or_404(rows.select_related(*related), pk=evaluation_id)


def get_scenario(
    user: User, slug: str, scenario_id: int, roles: tuple[Role, ...] = STAFF
) -> Scenario:
    rows = Scenario.objects.filter(project__in=projects(user, roles), project__slug=slug)
    related = ("project", "dataset_version", "segment", "created_by")
    return get_object_or_404(rows.select_related(*related), pk=scenario_id)


def get_evaluation_by_id(user: User, evaluation_id: int) -> Evaluation:
    """For addresses that do not name the project."""
    rows = Evaluation.objects.filter(project__in=projects(user))
    related = ("project", "job", "dataset_version", "model_version")
    return get_object_or_404(rows.select_related(*related), pk=evaluation_id)


def evaluations_of(project: Project) -> QuerySet[Evaluation]:
    """All evaluations of a project, without what only their own page shows."""
    related = ("job", "dataset_version", "model_version", "created_by")
    return project.evaluations.select_related(*related).defer("histogram", "report", "classes")


def get_finished_evaluation(user: User, slug: str, evaluation_id: int) -> Evaluation:
    evaluation = get_evaluation(user, slug, evaluation_id)
    if not evaluation.is_finished:
        raise Http404
    return evaluation


def get_other_evaluation(
    evaluation: Evaluation, others: list[Evaluation], number: str
) -> Evaluation | None:
    """What an evaluation is compared with: that of the number, or the next older one."""
    if not number:
        older = (one for one in others if one.pk < evaluation.pk)
        return next(older, others[0] if others else None)
    found = next((one for one in others if str(one.pk) == number), None)
    if found is None:
        raise Http404
    return found


def get_bulk_edit(user: User, slug: str, edit_id: int) -> BulkEdit:
    rows = BulkEdit.objects.filter(project__in=projects(user, STAFF), project__slug=slug)
    related = ("project", "job", "undo_job", "created_by")
    return get_object_or_404(rows.select_related(*related), pk=edit_id)


def get_vector_set(user: User, slug: str, set_id: int) -> VectorSet:
    """For those who change it: the managers of its project."""
    rows = VectorSet.objects.filter(project__in=projects(user, MANAGERS), project__slug=slug)
    return get_object_or_404(rows.select_related("project", "job").defer("rule"), pk=set_id)


def get_failure(user: User, slug: str, evaluation_id: int, public_id: uuid.UUID) -> FailureCause:
    """A failing item with its cause, of the newest look that has ended."""
    evaluation = get_evaluation(user, slug, evaluation_id)
    rows = FailureCause.objects.filter(
        tracing__evaluation=evaluation,
        tracing__finished_at__isnull=False,
        item__public_id=public_id,
    ).select_related("tracing", "item", "overruled_by")
    failure = rows.order_by("-tracing_id").first()
    if failure is None:
        raise Http404
    failure.tracing.evaluation = evaluation
    return failure


def get_cluster(user: User, slug: str, evaluation_id: int, number: int) -> FailureCluster:
    evaluation = get_evaluation(user, slug, evaluation_id)
    rows = FailureCluster.objects.filter(tracing__evaluation=evaluation, number=number)
    cluster = rows.select_related("tracing").order_by("-tracing_id").first()
    if cluster is None:
        raise Http404
    cluster.tracing.evaluation = evaluation
    return cluster


def campaigns_of(project: Project) -> QuerySet[Campaign]:
    rows = project.campaigns.select_related("job", "created_by", "batch")
    return rows.order_by("-pk")


def get_campaign(
    user: User, slug: str, campaign_id: int, roles: tuple[Role, ...] = STAFF
) -> Campaign:
    rows = Campaign.objects.filter(project__in=projects(user, roles), project__slug=slug)
    related = ("project", "job", "created_by", "batch", "vector_set", "evaluation__model_version")
    return get_object_or_404(rows.select_related(*related), pk=campaign_id)


def get_impact_of_work(user: User, batch_id: int) -> Impact:
    """For whoever labeled or decided in the batch, in whatever team, once it is measured."""
    return get_object_or_404(measured_impacts(user), batch=batch_id)


def measured_impacts(user: User) -> QuerySet[Impact]:
    """Of the batches in which the person worked."""
    labeled = Annotation.objects.filter(task__batch=OuterRef("batch"), author=user)
    decided = Review.objects.filter(
        task__batch=OuterRef("batch"), reviewer=user, withdrawn_at__isnull=True
    )
    rows = Impact.objects.filter(Exists(labeled) | Exists(decided), measured_at__isnull=False)
    return rows.filter(batch__project__in=Project.objects.all()).select_related("batch__project")


def get_segment(user: User, slug: str, segment_id: int, roles: tuple[Role, ...] = STAFF) -> Segment:
    rows = Segment.objects.filter(project__in=projects(user, roles), project__slug=slug)
    return get_object_or_404(rows.select_related("project", "created_by"), pk=segment_id)


def get_failure_case(user: User, slug: str, case_id: int) -> FailureCase:
    rows = FailureCase.objects.filter(project__in=projects(user, STAFF), project__slug=slug)
    related = ("project", "segment", "owner", "created_by", "model_version", "solved_with")
    return get_object_or_404(rows.select_related(*related), pk=case_id)
