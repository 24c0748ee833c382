"""The items that carry a tag, that a question is about, or that a bulk edit went through."""

import uuid
from collections.abc import Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from datasets.models import BulkEditRow
from datasets.services.item_sets import QueriedItems, SetKind
from datasets.services.sets.reading import refused, short_text, whole_number
from tasks.models import Item, ItemTag, Project, Question
from tasks.models.item_tags import TAG_LENGTH


def read_tag(project: Project, given: Mapping[str, str]) -> QueriedItems:
    name = short_text(given, "tag", TAG_LENGTH)
    if not name:
        raise refused("tag")
    tags = ItemTag.objects.filter(project=project, name=name)
    rows = Item.objects.filter(pk__in=tags.values("item"))
    title = _("Tagged “%(tag)s”") % {"tag": name}
    return QueriedItems(project, title, rows, known_count=tags.count())


def read_question(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`question` is its public id."""
    try:
        public_id = uuid.UUID(given.get("question", ""))
    except ValueError as error:
        raise refused("question") from error
    question = Question.objects.filter(project=project, public_id=public_id).first()
    if question is None:
        raise refused("question")
    others = question.others.through.objects.filter(question=question).values("item")
    rows = Item.objects.filter(Q(pk=question.item_id) | Q(pk__in=others))
    return QueriedItems(project, _("Asked about"), rows, known_count=rows.count())


def read_edit(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`edit` is the id of a bulk edit, `state` what became of its items."""
    state = given.get("state", "")
    if state and state not in BulkEditRow.State.values:
        raise refused("state")
    edited = BulkEditRow.objects.filter(
        edit=whole_number(given, "edit"), edit__project=project
    ).filter(**{"state": state} if state else {})
    words = [_("Edited together"), str(BulkEditRow.State(state).label) if state else ""]
    rows = Item.objects.filter(pk__in=edited.values("item"))
    title = " · ".join(word for word in words if word)
    return QueriedItems(project, title, rows, known_count=edited.count())


TAG = SetKind(("tag",), read_tag)
QUESTION = SetKind(("question",), read_question)
EDIT = SetKind(("edit", "state"), read_edit)
