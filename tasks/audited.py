"""What the audit log knows of making labels: objects and their projects, verbs and reasons."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team, User
from labelops.audit import access as audit_access
from labelops.audit import subjects, words
from labelops.audit.subjects import Subject, person_name
from tasks import access
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    Deletion,
    GoldItem,
    InstructionVersion,
    Item,
    ModelGrant,
    ModelVersion,
    Project,
    Qualification,
    Question,
    Ruling,
    Suspension,
    Task,
    Transfer,
    Upload,
    WorkCap,
    WorkMove,
)
from tasks.reports.history import REASONS, VERBS

PERSON = person_name("person__")


def _projects(user: User) -> QuerySet[Project]:
    managed = access.projects(user, access.MANAGERS).filter(pk=OuterRef("pk"))
    return Project.objects.annotate(is_managed=Exists(managed))


def _is_manager(user: User) -> bool:
    held = user.memberships.filter(role__in=access.MANAGERS, team__is_active=True)
    return held.filter(team__kind=Team.Kind.IN_HOUSE).exists()


def _is_labeler(user: User) -> bool:
    return user.memberships.filter(role__in=access.LABELERS, team__is_active=True).exists()


audit_access.connect(audit_access.Doors(_projects, _is_manager, _is_labeler))

subjects.register(
    Subject(
        Project,
        _("project"),
        project="pk",
        name="name",
        page="project_detail",
        arguments=(("slug", "slug"),),
    ),
    Subject(
        Batch,
        _("batch"),
        project="project_id",
        name="name",
        page="batch_detail",
        arguments=(("batch_id", "pk"),),
    ),
    Subject(
        Item,
        _("item"),
        project="project_id",
        name="external_id",
        page="item_detail",
        arguments=(("public_id", "public_id"),),
    ),
    Subject(
        Deletion,
        _("deletion"),
        project="project_id",
        name="reason",
        page="deletion_detail",
        arguments=(("public_id", "public_id"),),
    ),
    Subject(
        Task,
        _("task"),
        project="batch__project_id",
        name="item__external_id",
        page="item_detail",
        arguments=(("public_id", "item__public_id"),),
    ),
    Subject(
        Assignment,
        _("assignment"),
        project="batch__project_id",
        name="task__item__external_id",
        page="item_detail",
        arguments=(("public_id", "task__item__public_id"),),
    ),
    Subject(
        Annotation,
        _("answer"),
        project="task__batch__project_id",
        name="task__item__external_id",
        page="item_detail",
        arguments=(("public_id", "task__item__public_id"),),
    ),
    Subject(
        Transfer,
        _("import or export"),
        project="project_id",
        name="file_name",
        page="transfer_detail",
        arguments=(("public_id", "job__public_id"),),
    ),
    Subject(Upload, _("upload"), project="project_id", name="file_name"),
    Subject(
        Question,
        _("question"),
        project="project_id",
        name="item__external_id",
        page="question_detail",
        arguments=(("public_id", "public_id"),),
    ),
    Subject(
        InstructionVersion,
        _("instruction version"),
        project="project_id",
        name="number",
        page="instruction_detail",
        arguments=(("slug", "project__slug"), ("number", "number")),
    ),
    Subject(
        Ruling,
        _("ruling"),
        project="project_id",
        name="number",
        page="ruling_detail",
        arguments=(("slug", "project__slug"), ("number", "number")),
    ),
    Subject(
        Qualification,
        _("level"),
        project="project_id",
        name=PERSON,
        page="qualification_edit",
        arguments=(("slug", "project__slug"), ("person_id", "person_id")),
    ),
    Subject(
        Suspension,
        _("suspension"),
        project="project_id",
        name=PERSON,
        page="trust_person",
        arguments=(("slug", "project__slug"), ("person_id", "person_id")),
    ),
    Subject(
        WorkMove,
        _("moved work"),
        project="project_id",
        name=PERSON,
        page="work_move",
        arguments=(("slug", "project__slug"), ("person_id", "person_id")),
    ),
    Subject(
        WorkCap,
        _("limit of labels"),
        project="project_id",
        name=PERSON,
        page="work_cap",
        arguments=(("slug", "project__slug"), ("person_id", "person_id")),
    ),
    Subject(
        ModelVersion,
        _("model version"),
        project="project_id",
        name="name",
        page="model_detail",
        arguments=(("slug", "project__slug"), ("model_id", "pk")),
    ),
    Subject(
        ModelGrant,
        _("level of a model"),
        project="model_version__project_id",
        name="model_version__name",
        page="model_detail",
        arguments=(("slug", "model_version__project__slug"), ("model_id", "model_version")),
    ),
    Subject(
        GoldItem,
        _("gold"),
        project="project_id",
        name="item__external_id",
        page="gold_detail",
        arguments=(("slug", "project__slug"), ("gold_id", "pk")),
    ),
)

words.register(
    kinds={
        "project": _("Projects"),
        "batch": _("Batches"),
        "item": _("Items"),
        "items": _("Deletions"),
        "task": _("Tasks"),
        "assignment": _("Assignments"),
        "annotation": _("Answers"),
        "annotations": _("Labels of elsewhere"),
        "import": _("Imports"),
        "export": _("Exports"),
        "upload": _("Uploads"),
        "instruction": _("Instructions"),
        "question": _("Questions"),
        "ruling": _("Rulings"),
        "gold": _("Gold"),
        "level": _("Levels"),
        "suspension": _("Suspensions"),
        "work": _("Moved work"),
        "work_cap": _("Limits of labels"),
        "model_grant": _("Levels of models"),
        "model_version": _("Model versions"),
        "predictions": _("Predictions"),
        "session": _("Simulated people"),
    },
    verbs={
        **VERBS,
        "project.created": _("made the project"),
        "project.changed": _("changed the project"),
        "project.archived": _("archived the project"),
        "project.unarchived": _("took the project out of the archive"),
        "project.deleted": _("deleted the project"),
        "project.restored": _("restored the project"),
        "project.purged": _("removed the project for good"),
        "items.deleted": _("deleted items"),
        "items.restored": _("restored items"),
        "items.purged": _("removed items for good"),
        "batch.recounted": _("mended the running counts"),
        "task.unsettled": _("took the label back"),
        "task.restored": _("put the task back to what it was"),
        "task.another_label": _("asked for another label"),
        "task.accepted": _("let the label stand again"),
        "work.moved": _("moved the work"),
        "work_cap.set": _("set the limit of labels"),
        "work_cap.lifted": _("lifted the limit of labels"),
        "annotation.withdrawn": _("took the answer back"),
        "annotations.imported": _("imported labels of other people"),
        "assignment.revoked": _("took the task away"),
        "import.started": _("started the import"),
        "import.file_brought": _("brought the file"),
        "import.checked": _("checked the file, without importing"),
        "import.finished": _("finished the import"),
        "import.undo_started": _("began to take the import back"),
        "import.undone": _("took the import back"),
        "export.started": _("started the export"),
        "export.finished": _("finished the export"),
        "export.delivered": _("put the export into its place"),
        "upload.begun": _("began to send a file"),
        "upload.completed": _("sent the file"),
        "upload.discarded": _("discarded the file"),
        "instruction.edited": _("edited the draft"),
        "instruction.picture_added": _("added a picture"),
        "instruction.approval_asked": _("asked for approval"),
        "instruction.sent_back": _("sent the draft back"),
        "instruction.published": _("published the version"),
        "instruction.superseded": _("replaced the version"),
        "instruction.withdrawn": _("withdrew the version"),
        "instruction.acknowledged": _("read the version"),
        "question.asked": _("asked a question"),
        "question.duplicate": _("found the answer in a ruling"),
        "question.answered": _("answered the question"),
        "question.closed": _("closed the question"),
        "question.routed": _("passed the question on"),
        "ruling.written": _("wrote the ruling"),
        "ruling.edited": _("edited the ruling"),
        "ruling.published": _("published the ruling"),
        "ruling.withdrawn": _("withdrew the ruling"),
        "ruling.superseded": _("replaced the ruling"),
        "ruling.merged_into_draft": _("wrote the ruling into the draft"),
        "ruling.merged": _("published the ruling as part of the instructions"),
        "gold.added": _("proposed gold"),
        "gold.proposed": _("asked a second expert again"),
        "gold.active": _("put gold to use"),
        "gold.suspended": _("suspended gold"),
        "gold.retired": _("retired gold"),
        "model_grant.set": _("set the level of a model"),
        "model_grant.redone": _("had people do anew what a model answered"),
        "model_version.created": _("registered the model version"),
        "model_version.resumed": _("let the model begin again"),
        "model_version.sways": _("proved to sway people"),
        "model_version.stopped": _("stopped the model"),
        "predictions.imported": _("imported predictions"),
        "session.simulated": _("labeled as a simulated person"),
    },
    reasons={
        **REASONS,
        "example": _("as an example"),
        "lesson": _("for a lesson"),
        "exam": _("for the exam"),
    },
    # Which items are gold.
    secret=["gold"],
)
