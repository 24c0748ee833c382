"""Taking in what models say of items: a chunk of rows at a time, all of it or nothing."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.many_rows import Among, insert_rows, update_rows
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import Row
from tasks.kinds import AnswerError, ItemFacts
from tasks.kinds.answer import is_same_for_all_items, validate_answer
from tasks.kinds.choice import classes
from tasks.kinds.rules import OBJECTS
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
NO_FACTS = ItemFacts("unknown")


class FoundItem(NamedTuple):
    """As much of an item as a row is checked against; an `Item` serves as well."""

    pk: int
    facts: ItemFacts


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
    # Most calls: nothing is made, so nobody needs to wait for the project's lock.
    of_live = ModelVersion.objects.filter(project__archived_at=None, project__deleted_at=None)
    known = of_live.filter(project=project, name=name, version=version).first()
    if known:
        known.project = project
        return known
    with transaction.atomic():
        # The project's lock makes "is there one?" and "make one" one step.
        lock_project(project.pk)
        same_name = ModelVersion.everything.filter(project=project, name=name)
        found = same_name.filter(version=version).first()
        if found:
            return found
        parent = same_name.filter(ready_at__isnull=False).order_by("-pk").first()
        made = ModelVersion(
            project=project,
            name=name,
            version=version,
            origin=origin,
            parent=parent,
            ready_at=timezone.now() if is_ready else None,
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
    items: Mapping[str, Item] | None = None,
) -> tuple[Counter[str], list[Problem]]:
    """Store the good rows in one transaction; the same again changes nothing.

    `items` are those of the rows by their ids, where they are known already. Returns how many
    were added, unchanged and replaced, and what is wrong with the other rows.
    """
    judgements, problems = _judge(model_version.project, rows, items)
    return keep_judgements(model_version, judgements, by=by), problems


def take_all_predictions(
    model_version: ModelVersion, rows: Sequence[Row], *, by: User
) -> Counter[str]:
    """The same, but nothing is stored when a row is wrong. Raises DomainError for the first."""
    judgements, problems = _judge(model_version.project, rows)
    if problems:
        first = problems[0]
        raise DomainError(
            translated(first),
            code=first.code,
            field=first.field,
            row=first.row,
            hint=translated(first.hint) if first.hint else None,
        )
    return keep_judgements(model_version, judgements, by=by)


def keep_judgements(
    model_version: ModelVersion, judgements: list[Judgement], *, by: User | None
) -> Counter[str]:
    """Store what was checked already, in one transaction; the same again changes nothing.

    Each item once. Returns how many were added, unchanged and replaced.
    """
    with transaction.atomic():
        # Who sends the same items at the same time waits here, and then finds them known.
        ModelVersion.everything.select_for_update().get(pk=model_version.pk)
        counts = _store(model_version, judgements)
        if counts["added"] or counts["replaced"]:
            record(by, "predictions.imported", model_version, after=dict(counts))
    return counts


def checked_scores(
    fields: dict[str, Any], schema: dict[str, Any]
) -> tuple[float | None, dict[str, float] | None]:
    """How sure the model is of its answer, and of each class or object. Raises RowRefused."""
    return Rules(schema).scores(fields)


class Rules:
    """A label schema as the rows of one list are checked against it; what it says is read once."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.needs_facts = not is_same_for_all_items(schema)
        self._accepted: dict[str, tuple[dict[str, Any], str]] = {}

    @cached_property
    def known_classes(self) -> frozenset[str] | None:
        """Where there is one single choice, what it offers."""
        control = single_choice(self.schema)
        return frozenset(classes(control)) if control else None

    @cached_property
    def has_objects(self) -> bool:
        return any(control["type"] in OBJECTS for control in self.schema["controls"])

    def judgement(self, fields: dict[str, Any], items: Mapping[str, Item | FoundItem]) -> Judgement:
        """What a row says. Raises RowRefused."""
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
        answer, label = self._answer(fields["answer"], item.facts)
        score, scores = self.scores(fields)
        trained_on = fields.get("trained_on", False)
        if not isinstance(trained_on, bool):
            raise _refused("not_a_boolean", "trained_on", "This is true or false.")
        return Judgement(item.pk, answer, label, score, scores, trained_on)

    def scores(self, fields: dict[str, Any]) -> tuple[float | None, dict[str, float] | None]:
        score = fields.get("score")
        return (
            None if score is None else _probability(score, "score"),
            self._scores(fields.get("scores"), fields.get("answer")),
        )

    def _answer(self, given: Any, facts: ItemFacts) -> tuple[dict[str, Any], str]:
        """The checked answer and the class it names. Where no item matters, each answer once."""
        if self.needs_facts:
            return self._checked(given, facts)
        # Not the answer itself as key: 1, 1.0 and true are equal, and not equally right.
        key = repr(given)
        if key not in self._accepted:
            self._accepted[key] = self._checked(given, facts)
        return self._accepted[key]

    def _checked(self, given: Any, facts: ItemFacts) -> tuple[dict[str, Any], str]:
        try:
            answer = validate_answer(self.schema, given, facts)
        except AnswerError as error:
            field = f"answer.{error.path}" if error.path else "answer"
            problem = Problem(
                error.code, error.template, field=field, hint=error.hint, params=error.params
            )
            raise RowRefused(problem) from error
        return answer, class_of(self.schema, answer)

    def _scores(self, given: Any, answer: Any) -> dict[str, float] | None:
        """Class to probability; where there is one single choice, of its classes only.

        Shapes and spans of the answer are named by question and place, as "boxes.0".
        """
        if given is None:
            return None
        if not isinstance(given, dict) or len(given) > SCORES_MOST:
            raise _refused(
                "not_an_object", "scores", "The scores are an object: class to probability."
            )
        if self.known_classes is not None or self.has_objects:
            self._check_names(given, _objects(self.schema, answer) if self.has_objects else {})
        return {name: _probability(value, f"scores.{name[:80]}") for name, value in given.items()}

    def _check_names(self, given: dict[str, Any], objects: dict[str, set[str]]) -> None:
        for name in given:
            question = name.rpartition(".")[0]
            if question in objects:
                if name not in objects[question]:
                    raise _refused(
                        "unknown_object", f"scores.{name[:80]}", "The answer has no such object."
                    )
            elif self.known_classes is not None and name not in self.known_classes:
                raise _refused(
                    "unknown_class", f"scores.{name[:80]}", "This class is not in the schema."
                )


def _judge(
    project: Project, rows: Sequence[Row], items: Mapping[str, Item] | None = None
) -> tuple[list[Judgement], list[Problem]]:
    rules = Rules(label_schema(project))
    known = _find_items(project, rows, rules) if items is None else items
    judgements: dict[int, Judgement] = {}
    problems = []
    for row in rows:
        try:
            judgement = rules.judgement(row.fields, known)
        except RowRefused as error:
            problems.append(error.problem.at(row=row.number))
        else:
            # An item twice in one chunk: the later row replaces the earlier one, as anywhere.
            judgements[judgement.item_id] = judgement
    return list(judgements.values()), problems


def _find_items(project: Project, rows: Sequence[Row], rules: Rules) -> dict[str, FoundItem]:
    """By their ids, with no more facts than the rules need."""
    names = {row.fields["item"] for row in rows if isinstance(row.fields.get("item"), str)}
    found = Item.objects.filter(Among(F("external_id"), list(names)), project=project).order_by()
    if not rules.needs_facts:
        return {
            name: FoundItem(pk, NO_FACTS) for name, pk in found.values_list("external_id", "pk")
        }
    facts = found.values_list("external_id", "pk", "media_key", "width", "height", "data__text")
    return {
        name: FoundItem(pk, ItemFacts("image" if media_key else "text", width, height, text))
        for name, pk, media_key, width, height, text in facts
    }


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
    known = _known(model_version, [judgement.item_id for judgement in judgements])
    now = timezone.now()
    added, replaced = [], []
    for item_id, *says in judgements:
        if item_id not in known:
            added.append((model_version.pk, item_id, *says, now))
            continue
        pk, *said = known[item_id]
        if said != says:
            replaced.append((*says, now, pk))
    insert_rows(Prediction, ("model_version", "item", *SAID, "created_at"), added)
    update_rows(Prediction, (*SAID, "created_at"), replaced)
    unchanged = len(judgements) - len(added) - len(replaced)
    return Counter(added=len(added), unchanged=unchanged, replaced=len(replaced))


def _known(model_version: ModelVersion, item_ids: list[int]) -> dict[int, list[Any]]:
    """What the model version says of these items already: the row's id, and what is `SAID`."""
    # Item by item: while a million come in, PostgreSQL believes that the version has said little
    # yet, and would look through all of it.
    own = Prediction.objects.filter(model_version=model_version, item=OuterRef("pk")).order_by()
    items = Item.everything.filter(Among(F("pk"), item_ids)).order_by()
    ids = [pk for pk in items.values_list(Subquery(own.values("pk")[:1]), flat=True) if pk]
    if not ids:
        return {}
    found = Prediction.objects.filter(Among(F("pk"), ids)).order_by()
    return {item: rest for item, *rest in found.values_list("item", "pk", *SAID)}
