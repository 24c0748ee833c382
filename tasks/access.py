"""The only way a view or an API call obtains an object. What is not granted does not exist: 404.

In-house experts and managers see the projects of their teams. Annotators see only what is leased
to them. A vendor's people see no project pages at all.
"""

import uuid
from collections.abc import Callable

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import Http404
from django.shortcuts import get_object_or_404

from labelops.accounts import permissions
from labelops.accounts.models import Membership, Role, Team, User
from labelops.webhooks.models import Delivery, Webhook
from tasks.models import (
    Acknowledgement,
    Annotation,
    Assignment,
    Batch,
    Deletion,
    Draft,
    InstructionPicture,
    InstructionVersion,
    Item,
    ItemReport,
    ModelBackend,
    Precedence,
    Project,
    Qualification,
    Question,
    ReservedItem,
    Ruling,
    Stage,
    Suspension,
    Transfer,
    Upload,
)
from tasks.services.shared_media import find_item

MANAGERS = (Role.MANAGER,)
EXPERTS = (Role.EXPERT,)
STAFF = (Role.EXPERT, Role.MANAGER)
LABELERS = (Role.ANNOTATOR, Role.REVIEWER, Role.EXPERT)
REVIEWERS = (Role.REVIEWER, Role.EXPERT)
SHOWN_TO_READERS = (ReservedItem.Purpose.EXAMPLE, ReservedItem.Purpose.LESSON)
MediaGrant = Callable[[User, Item], bool]
# Further reasons to show somebody an item; what stands above this app adds its own.
media_grants: list[MediaGrant] = []


def projects(
    user: User, roles: tuple[Role, ...] = STAFF, *, archived: bool = False
) -> QuerySet[Project]:
    """Projects that in-house people with one of the roles may open.

    Archived ones are closed like all that is not granted, but for the pages that ask for them:
    those only read.
    """
    found = Project.objects.for_roles(user, *roles, in_house_only=True)
    return found if archived else found.live()


def projects_in_bin(user: User) -> QuerySet[Project]:
    """What the person's projects were deleted to; nobody but their managers learns of it."""
    found = Project.everything.for_roles(user, *MANAGERS, in_house_only=True)
    return found.filter(deleted_at__isnull=False, purge_ended_at=None)


def get_project_in_bin(user: User, slug: str) -> Project:
    return get_object_or_404(projects_in_bin(user), slug=slug)


def require_role(user: User, roles: tuple[Role, ...] = STAFF) -> None:
    """For pages that begin before there is a project. Raises Http404."""
    held = user.memberships.filter(role__in=roles, team__is_active=True)
    if not held.filter(team__kind=Team.Kind.IN_HOUSE).exists():
        raise Http404


def get_project(
    user: User, slug: str, roles: tuple[Role, ...] = STAFF, *, archived: bool = False
) -> Project:
    return get_object_or_404(projects(user, roles, archived=archived), slug=slug)


def has_role(user: User, project: Project, role: Role) -> bool:
    return projects(user, (role,)).filter(pk=project.pk).exists()


def get_batch(
    user: User, batch_id: int, roles: tuple[Role, ...] = STAFF, *, archived: bool = False
) -> Batch:
    allowed = projects(user, roles, archived=archived)
    batches = Batch.objects.filter(project__in=allowed).select_related("project")
    return get_object_or_404(batches, pk=batch_id)


def get_instruction_version(
    user: User,
    slug: str,
    number: int,
    roles: tuple[Role, ...] = STAFF,
    *,
    archived: bool = False,
) -> InstructionVersion:
    allowed = projects(user, roles, archived=archived)
    versions = InstructionVersion.objects.filter(project__in=allowed).select_related("project")
    return get_object_or_404(versions, project__slug=slug, number=number)


def get_item(
    user: User, public_id: uuid.UUID, roles: tuple[Role, ...] = STAFF, *, archived: bool = False
) -> Item:
    allowed = projects(user, roles, archived=archived)
    items = Item.objects.filter(project__in=allowed).select_related("project")
    return get_object_or_404(items, public_id=public_id)


def get_deletion(user: User, public_id: uuid.UUID) -> Deletion:
    """Items in the bin of a project that the person manages."""
    found = Deletion.objects.filter(project__in=projects(user, MANAGERS))
    return get_object_or_404(found.select_related("project", "job"), public_id=public_id)


def get_item_report(user: User, report_id: int, roles: tuple[Role, ...] = STAFF) -> ItemReport:
    return get_object_or_404(
        ItemReport.objects.filter(project__in=projects(user, roles)).select_related("project"),
        pk=report_id,
    )


def get_question(user: User, public_id: uuid.UUID, roles: tuple[Role, ...] = STAFF) -> Question:
    allowed = projects(user, roles)
    rows = Question.objects.filter(project__in=allowed).select_related(
        "project", "item", "asker", "routed_to", "ruling", "instruction_version"
    )
    return get_object_or_404(rows, public_id=public_id)


def get_ruling(user: User, slug: str, number: int, roles: tuple[Role, ...] = STAFF) -> Ruling:
    rows = Ruling.objects.filter(project__in=projects(user, roles)).select_related(
        "project", "author", "publisher", "merged_into", "superseded_by"
    )
    return get_object_or_404(rows, project__slug=slug, number=number)


def connected_projects(user: User) -> QuerySet[Project]:
    """Projects of which the person says who is told outside: an operator of any, managers."""
    if permissions.is_operator(user):
        return Project.objects.all()
    return projects(user, MANAGERS)


def get_connected_project(user: User, slug: str) -> Project:
    return get_object_or_404(connected_projects(user), slug=slug)


def get_webhook(user: User, public_id: uuid.UUID) -> Webhook:
    own = Webhook.objects.standing().filter(project__in=connected_projects(user))
    return get_object_or_404(own.select_related("project", "created_by"), public_id=public_id)


def get_model_backend(user: User, backend_id: int) -> ModelBackend:
    own = ModelBackend.objects.filter(project__in=projects(user, MANAGERS))
    rows = own.select_related("project", "model_version", "job")
    return get_object_or_404(rows, pk=backend_id)


def get_shared_item(token: str) -> Item:
    """The token is the grant: it was made for a program without an account."""
    item = find_item(token)
    if item is None:
        raise Http404
    return item


def get_delivery(user: User, public_id: uuid.UUID) -> Delivery:
    own = Webhook.objects.standing().filter(project__in=connected_projects(user))
    rows = Delivery.objects.filter(webhook__in=own).select_related("webhook__project")
    return get_object_or_404(rows, public_id=public_id)


def experts_of(project: Project) -> QuerySet[User]:
    """The active experts of the project's own house."""
    return _own_people(project, Role.EXPERT)


def managers_of(project: Project) -> QuerySet[User]:
    """The active managers of the project's own house."""
    return _own_people(project, Role.MANAGER)


def _own_people(project: Project, role: Role) -> QuerySet[User]:
    own = project.teams.filter(kind=Team.Kind.IN_HOUSE, is_active=True)
    held = Membership.objects.filter(user=OuterRef("pk"), role=role, team__in=own.values("pk"))
    return User.objects.filter(Exists(held), is_active=True)


def transfers(user: User) -> QuerySet[Transfer]:
    """Those of archived projects, too: what they hold may still be exported."""
    allowed = projects(user, MANAGERS, archived=True)
    return Transfer.objects.filter(project__in=allowed).select_related("project", "job", "batch")


def get_transfer(user: User, job_public_id: uuid.UUID) -> Transfer:
    return get_object_or_404(transfers(user), job__public_id=job_public_id)


def uploads(user: User) -> QuerySet[Upload]:
    """Files on their way, which only those see who send them."""
    own = Upload.objects.filter(created_by=user, project__in=projects(user, MANAGERS))
    return own.select_related("project", "transfer__job")


def get_upload(user: User, public_id: uuid.UUID, project: Project | None = None) -> Upload:
    found = uploads(user) if project is None else uploads(user).filter(project=project)
    return get_object_or_404(found, public_id=public_id)


def own_assignments(user: User, *, stage: Stage | None = None) -> QuerySet[Assignment]:
    """What was handed to this person, whatever became of it, but for what lies in the bin."""
    own = Assignment.objects.filter(
        annotator=user, task__item__deletion=None, batch__project__deleted_at=None
    )
    return own.filter(stage=stage) if stage else own


def returned_assignments(user: User) -> QuerySet[Assignment]:
    """Open slots that came back to the person: begun, mended, or asked about.

    Gold that is only kept for them is none: of work they would not be told that either.
    """
    draft = Draft.objects.filter(
        task=OuterRef("task"), annotator=user, stage=Stage.ANNOTATE, is_late=False
    )
    told = Q(offered_until__isnull=False) | Q(rework_note__isnull=False) | Exists(draft)
    return Assignment.objects.filter(
        told,
        batch__project__archived_at=None,
        batch__project__deleted_at=None,
        offered_to=user,
        stage=Stage.ANNOTATE,
        state=Assignment.State.OPEN,
        precedence=Precedence.BEGUN,
    )


def get_own_assignment(
    user: User, public_id: uuid.UUID, *, stage: Stage | None = None
) -> Assignment:
    own = own_assignments(user, stage=stage).select_related(
        "task__item", "batch", "instruction_version__project"
    )
    return get_object_or_404(own, public_id=public_id)


def workable_batches(user: User) -> QuerySet[Batch]:
    """Running batches of the teams the person labels in, in a language and at a level of theirs."""
    return batches_to_work_on(user.pk, user.reads)


def batches_to_work_on(
    user_id: int, reads: list[str], *, project: str | None = None, batch: int | None = None
) -> QuerySet[Batch]:
    """The same by id and language tags; of one project or batch when it is named."""
    works_on_it = Batch.teams.through.objects.filter(
        batch=OuterRef("pk"),
        team__is_active=True,
        team__memberships__user=user_id,
        team__memberships__role__in=LABELERS,
    )
    has_level = Qualification.objects.filter(
        person=user_id, project=OuterRef("project"), level__gte=OuterRef("min_level")
    )
    running = named_batches(project, batch).filter(
        Exists(works_on_it),
        ~Exists(versions_to_acknowledge(user_id, OuterRef("project"))),
        ~Exists(suspensions_in(user_id, OuterRef("project"))),
        Q(min_level=0) | Exists(has_level),
        state=Batch.State.RUNNING,
        language__in=["", *reads],
    )
    return running.select_related("project")


def versions_to_acknowledge(
    person: int | OuterRef, project: int | OuterRef
) -> QuerySet[InstructionVersion]:
    """The published version of a project while a person must read its changes before work."""
    own = Acknowledgement.objects.filter(
        project=OuterRef("project"),
        person=OuterRef(person) if isinstance(person, OuterRef) else person,
        acknowledged_at__isnull=False,
    )
    known = Coalesce(Subquery(own.order_by("-number").values("number")[:1]), 0)
    return InstructionVersion.objects.annotate(known=known).filter(
        Q(breaking_number__gt=F("known")) | Q(notice_number__gt=F("known"), notice_from__lte=Now()),
        project=project,
        state=InstructionVersion.State.PUBLISHED,
    )


def suspensions_in(person: int | OuterRef, project: int | OuterRef) -> QuerySet[Suspension]:
    """What keeps a person from new work in a project, of whatever stage."""
    return Suspension.objects.active().filter(person=person, project=project)


def named_batches(project: str | None, batch: int | None) -> QuerySet[Batch]:
    """Those of live projects: all, or those of a project's slug, or the one with this id."""
    batches = Batch.objects.filter(project__archived_at=None, project__deleted_at=None)
    if project is not None:
        batches = batches.filter(project__slug=project)
    return batches if batch is None else batches.filter(pk=batch)


def people_to_work_on(batch: Batch) -> list[User]:
    """`workable_batches` seen from the other side: who may label in a batch while it runs."""
    memberships = Membership.objects.filter(
        user=OuterRef("pk"), role__in=LABELERS, team__is_active=True, team__batches=batch
    )
    must_read = versions_to_acknowledge(OuterRef("pk"), batch.project_id)
    suspended = suspensions_in(OuterRef("pk"), batch.project_id)
    people = User.objects.filter(
        Exists(memberships), ~Exists(must_read), ~Exists(suspended), is_active=True
    )
    if batch.min_level:
        has_level = Qualification.objects.filter(
            person=OuterRef("pk"), project=batch.project_id, level__gte=batch.min_level
        )
        people = people.filter(Exists(has_level))
    if not batch.language:
        return list(people)
    return [person for person in people if batch.language in person.reads]


def reviewable_batches(user: User, roles: tuple[Role, ...] = REVIEWERS) -> QuerySet[Batch]:
    """In-house reviewers see the batches of their projects, a vendor's only their own batches."""
    memberships = user.memberships.filter(role__in=roles, team__is_active=True)
    in_house = memberships.filter(team__kind=Team.Kind.IN_HOUSE).values("team")
    vendor = memberships.filter(team__kind=Team.Kind.VENDOR).values("team")
    return (
        Batch.objects.filter(Q(project__teams__in=in_house) | Q(teams__in=vendor))
        .filter(project__deleted_at=None)
        .exclude(state=Batch.State.DRAFT)
        .distinct()
    )


def batches_to_review(user: User, roles: tuple[Role, ...] = REVIEWERS) -> QuerySet[Batch]:
    """Those of which the person is handed something to decide: none while they are suspended,

    none of an archived project, where what they hold may still be decided.
    """
    suspended = suspensions_in(user.pk, OuterRef("project"))
    live = reviewable_batches(user, roles).filter(project__archived_at=None)
    return live.filter(~Exists(suspended))


def people_to_review(batch: Batch, roles: tuple[Role, ...] = REVIEWERS) -> QuerySet[User]:
    """`reviewable_batches` seen from the other side: a suspension ends, so it bars nobody."""
    held = Membership.objects.filter(
        Q(team__kind=Team.Kind.IN_HOUSE, team__projects=batch.project_id)
        | Q(team__kind=Team.Kind.VENDOR, team__batches=batch),
        user=OuterRef("pk"),
        role__in=roles,
        team__is_active=True,
    )
    return User.objects.filter(Exists(held), is_active=True)


def reviewable_projects(user: User) -> QuerySet[Project]:
    """Projects on whose review desk the person may sit, whether or not something waits."""
    memberships = user.memberships.filter(role__in=REVIEWERS, team__is_active=True)
    return Project.objects.live().filter(teams__in=memberships.values("team")).distinct()


def readable_projects(user: User) -> QuerySet[Project]:
    """Projects whose instructions the person reads: staff, and whoever labels in their teams."""
    labels = user.memberships.filter(role__in=LABELERS, team__is_active=True)
    return (
        Project.objects.live()
        .filter(Q(pk__in=projects(user).values("pk")) | Q(teams__in=labels.values("team")))
        .distinct()
    )


def get_instruction_picture(user: User, public_id: uuid.UUID) -> InstructionPicture:
    pictures = InstructionPicture.objects.filter(project__in=readable_projects(user).values("pk"))
    return get_object_or_404(pictures, public_id=public_id)


def can_see_media(user: User, item: Item) -> bool:
    """Staff of the project, whoever has the item before them, and authors who got a decision.

    What the instructions show, everybody sees who reads them.
    """
    if projects(user, archived=True).filter(pk=item.project_id).exists():
        return True
    teaches = item.reservations.filter(purpose__in=SHOWN_TO_READERS)
    if teaches.exists() and readable_projects(user).filter(pk=item.project_id).exists():
        return True
    holds = Assignment.objects.filter(
        task__item=item, annotator=user, state=Assignment.State.LEASED
    )
    was_told = Annotation.objects.filter(task__item=item, author=user).exclude(
        state=Annotation.State.SUBMITTED
    )
    if holds.exists() or was_told.exists():
        return True
    return any(grants(user, item) for grants in media_grants)


def get_media_item(user: User, public_id: uuid.UUID) -> Item:
    shown = Item.objects.filter(project__deleted_at=None).exclude(media_key="")
    item = get_object_or_404(shown, public_id=public_id)
    if not can_see_media(user, item):
        return get_object_or_404(Item.objects.none())
    return item
