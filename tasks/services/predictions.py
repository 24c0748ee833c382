"""Taking in what models say of items: a chunk of rows at a time, all of it or nothing."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.many_rows import insert_rows
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import Row
from tasks.kinds import AnswerError
from tasks.kinds.answer import validate_answer
from tasks.kinds.choice import classes
from tasks.kinds.schema import single_choice
from tasks.models import Item, ModelVersion, Prediction, Project
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields, translated
from tasks.services.grid import class_of
from tasks.services.instructions import current_version

CHUNK = 1_000
# The columns that a row fills, and the names that rows give them.
SAID = ("answer", "label", "score", "scores", "is_trained_on", "novelty")
FIELDS = ("item", "answer", "score", "scores", "trained_on")
SCORES_MOST = 10_000
OBJECTS = ("shapes", "spans")


class Judgement(NamedTuple):
    """A good row: its item, the checked answer, and how sure the model is of it.

    The fields are the item and then those of `SAID`, in their order.
    """

    item_id: int
    answer: dict[str, Any]
    label: str
    score: float | None
    scores: dict[str, float] | None
    is_trained_on: bool = False
    novelty: float | None = None


def get_model_version(
    project: Project,
    *,
    name: str,
    version: str,
    by: User,
    origin: ModelVersion.Origin = ModelVersion.Origin.BROUGHT,
    is_ready: bool = True,
) -> ModelVersion:
    """The model version of that name, made with its user when the project has none yet.

    A new one comes after the newest of the same name; `is_ready`: it is seen from now on.
    """
    name, version = name.strip(), version.strip()
    with transaction.atomic():
        # The project's lock makes "is there one?" and "make one" one step.
        lock_project(project.pk)
        same_name = ModelVersion.everything.filter(project=project, name=name)
        found = same_name.filter(version=version).first()
        if found:
            return found
        parent = same_name.filter(is_ready=True).order_by("-pk").first()
        made = ModelVersion(
            project=project,
            name=name,
            version=version,
            origin=origin,
            parent=parent,
            is_ready=is_ready,
        )
        check_fields(made, "name", "version")
        made.user = User.objects.create(
            username=f"model-{uuid.uuid4().hex}",
            name=f"{name} {version}"[:150],
            kind=User.Kind.MODEL,
            password=make_password(None),
        )
        made.save()
        record(by, "model_version.created", made, after={"name": name, "version": version})
    return made


def label_schema(project: Project) -> dict[str, Any]:
    """The published schema, which predictions are checked against. Raises Conflict."""
    version = current_version(project)
    if version is None:
        raise Conflict(
            _("Publish the instructions first: predictions are checked against them."),
            code="no_instructions",
        )
    return version.label_schema


def take_predictions(
    model_version: ModelVersion,
    rows: Sequence[Row],
    *,
    by: User,
    items: dict[str, Item] | None = None,
) -> tuple[Counter[str], list[Problem]]:
    """Store the good rows in one transaction; the same again changes nothing.

    `items` are those of the rows by their ids, where they are known already. Returns how many
    were added, unchanged and replaced, and what is wrong with the other rows.
    """
    schema = label_schema(model_version.project)
    if items is None:
        items = _items(model_version.project, rows)
    judgements, problems = _judge(items, schema, rows)
    return keep_judgements(model_version, judgements, by=by), problems


def keep_judgements(
    model_version: ModelVersion, judgements: list[Judgement], *, by: User | None
) -> Counter[str]:
    """Store what was checked already, in one transaction; the same again changes nothing.

    Each item once. Returns how many were added, unchanged and replaced.
    """
    with transaction.atomic():
        ModelVersion.everything.select_for_update().get(pk=model_version.pk)
        counts = _store(model_version, judgements)
        if counts["added"] or counts["replaced"]:
            record(by, "predictions.imported", model_version, after=dict(counts))
    return counts


def take_all_predictions(
    model_version: ModelVersion, rows: Sequence[Row], *, by: User
) -> Counter[str]:
    """The same, but nothing is stored when a row is wrong. Raises DomainError for the first."""
    with transaction.atomic():
        counts, problems = take_predictions(model_version, rows, by=by)
        if problems:
            first = problems[0]
            raise DomainError(
                translated(first),
                code=first.code,
                field=first.field,
                row=first.row,
                hint=translated(first.hint) if first.hint else None,
            )
    return counts


def _items(project: Project, rows: Sequence[Row]) -> dict[str, Item]:
    names = {row.fields["item"] for row in rows if isinstance(row.fields.get("item"), str)}
    found = Item.objects.filter(project=project, external_id__in=names)
    return {item.external_id: item for item in found}


def _judge(
    items: dict[str, Item], schema: dict[str, Any], rows: Sequence[Row]
) -> tuple[list[Judgement], list[Problem]]:
    judgements: dict[int, Judgement] = {}
    problems = []
    for row in rows:
        try:
            judgement = _judgement(row.fields, schema, items)
        except RowRefused as error:
            problems.append(error.problem.at(row=row.number))
        else:
            # An item twice in one chunk: the later row replaces the earlier one, as anywhere.
            judgements[judgement.item_id] = judgement
    return list(judgements.values()), problems


def _judgement(fields: dict[str, Any], schema: dict[str, Any], items: dict[str, Item]) -> Judgement:
    for name in fields:
        if name not in FIELDS:
            raise _refused("unknown_field", name, "This field is not known here.")
    for name in ("item", "answer"):
        if name not in fields:
            raise _refused("missing_field", name, "The field {name} is missing.", name=name)
    item = items.get(fields["item"]) if isinstance(fields["item"], str) else None
    if item is None:
        shown = str(fields["item"])[:80]
        raise _refused("unknown_item", "item", "The project has no item “{item}”.", item=shown)
    try:
        answer = validate_answer(schema, fields["answer"], item.facts)
    except AnswerError as error:
        field = f"answer.{error.path}" if error.path else "answer"
        problem = Problem(
            error.code, error.template, field=field, hint=error.hint, params=error.params
        )
        raise RowRefused(problem) from error
    score, scores = checked_scores(fields, schema)
    trained_on = fields.get("trained_on", False)
    if not isinstance(trained_on, bool):
        raise _refused("not_a_boolean", "trained_on", "This is true or false.")
    return Judgement(item.pk, answer, class_of(schema, answer), score, scores, trained_on)


def checked_scores(
    fields: dict[str, Any], schema: dict[str, Any]
) -> tuple[float | None, dict[str, float] | None]:
    """How sure the model is of its answer, and of each class or object. Raises RowRefused."""
    score = None if fields.get("score") is None else _probability(fields["score"], "score")
    return score, _scores(fields.get("scores"), schema, fields.get("answer"))


def _scores(given: Any, schema: dict[str, Any], answer: Any) -> dict[str, float] | None:
    """Class to probability; where there is one single choice, of its classes only.

    Shapes and spans of the answer are named by question and place, as "boxes.0".
    """
    if given is None:
        return None
    if not isinstance(given, dict) or len(given) > SCORES_MOST:
        raise _refused("not_an_object", "scores", "The scores are an object: class to probability.")
    control = single_choice(schema)
    known = set(classes(control)) if control else None
    objects = _objects(schema, answer)
    for name in given:
        question = name.rpartition(".")[0]
        if question in objects:
            if name not in objects[question]:
                raise _refused(
                    "unknown_object", f"scores.{name[:80]}", "The answer has no such object."
                )
        elif known is not None and name not in known:
            raise _refused(
                "unknown_class", f"scores.{name[:80]}", "This class is not in the schema."
            )
    return {name: _probability(value, f"scores.{name[:80]}") for name, value in given.items()}


def _objects(schema: dict[str, Any], answer: Any) -> dict[str, set[str]]:
    """By question with shapes or spans, the names of those that the answer has."""
    given = answer if isinstance(answer, dict) else {}
    names = [control["name"] for control in schema["controls"] if control["type"] in OBJECTS]
    lists = {name: given.get(name) for name in names}
    return {
        name: {f"{name}.{at}" for at in range(len(found) if isinstance(found, list) else 0)}
        for name, found in lists.items()
    }


def _probability(value: Any, field: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= 1:
        raise _refused("not_a_probability", field, "A score is a number from 0 to 1.")
    return float(value)


def _refused(code: str, field: str, template: str, **params: Any) -> RowRefused:
    return RowRefused(Problem(code, template, field=field, params=params))


def _store(model_version: ModelVersion, judgements: list[Judgement]) -> Counter[str]:
    found = Prediction.objects.filter(
        model_version=model_version, item__in=[judgement.item_id for judgement in judgements]
    )
    known = {prediction.item_id: prediction for prediction in found}
    now = timezone.now()
    added, replaced = [], []
    for judgement in judgements:
        prediction = known.get(judgement.item_id)
        if prediction is None:
            added.append((model_version.pk, *judgement, now))
        elif any(getattr(prediction, name) != getattr(judgement, name) for name in SAID):
            for name in SAID:
                setattr(prediction, name, getattr(judgement, name))
            prediction.created_at = now
            replaced.append(prediction)
    insert_rows(Prediction, ("model_version", "item", *SAID, "created_at"), added)
    Prediction.objects.bulk_update(replaced, [*SAID, "created_at"])
    unchanged = len(judgements) - len(added) - len(replaced)
    return Counter(added=len(added), unchanged=unchanged, replaced=len(replaced))
