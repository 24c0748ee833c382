"""The only way a dataset page or call obtains an object. What is not granted is a 404.

Dataset versions leave the house as whole files, so they are for the managers of the project, as
exports. What traces errors to their data is for its experts, too.
"""

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from datasets.models import Campaign, DatasetVersion, Evaluation
from labelops.accounts.models import Role, User
from tasks.access import MANAGERS, STAFF, projects
from tasks.models import Project

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
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Http404
    return get_object_or_404(frozen_others(version), number=int(number))


def get_evaluation(
    user: User, slug: str, evaluation_id: int, roles: tuple[Role, ...] = STAFF
) -> Evaluation:
    rows = Evaluation.objects.filter(project__in=projects(user, roles), project__slug=slug)
    related = ("project", "job", "dataset_version", "model_version", "created_by")
    return get_object_or_404(rows.select_related(*related), pk=evaluation_id)


def campaigns_of(project: Project) -> QuerySet[Campaign]:
    rows = project.campaigns.select_related("job", "created_by", "batch")
    return rows.order_by("-pk")


def get_campaign(
    user: User, slug: str, campaign_id: int, roles: tuple[Role, ...] = STAFF
) -> Campaign:
    rows = Campaign.objects.filter(project__in=projects(user, roles), project__slug=slug)
    related = ("project", "job", "created_by", "batch", "vector_set", "evaluation__model_version")
    return get_object_or_404(rows.select_related(*related), pk=campaign_id)
