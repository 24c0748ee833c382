"""How far people agreed on labels, and about which classes those differ who answered blind."""

from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import F, QuerySet
from numpy.typing import NDArray

from datasets.models import Evaluation
from datasets.services.carried_classes import Carried
from labelops.accounts.models import User
from labelops.jobs.heart import Beat
from labelops.many_rows import Among
from reviews.models import Consensus
from tasks.models import Annotation, Task
from tasks.models.assignments import Stage

Ids = NDArray[np.int64]
Mode = Annotation.SuggestionMode
TWO = 2


def agreement_on(evaluation: Evaluation, ids: Ids) -> NDArray[np.float64]:
    """Of each item; not a number where one person alone labeled it."""
    found = np.full(len(ids), np.nan)
    rows = _labeled_twice(evaluation, ids).filter(agreement__isnull=False).order_by("pk")
    for item_id, agreement in rows.values_list("task__item", "agreement").iterator():
        found[np.searchsorted(ids, item_id)] = agreement
    return found


def blind_splits(
    evaluation: Evaluation, ids: Ids, beat: Beat
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether two people answered each item blind, and about which classes they differ.

    (N,) and (N, K + 1). Blind is who saw neither what a model said nor why work came back: nobody
    sees what others answered.
    """
    is_read = np.zeros(len(ids), dtype=bool)
    differs = np.zeros((len(ids), len(evaluation.classes) + 1), dtype=bool)
    carried = Carried(evaluation)
    twice = _labeled_twice(evaluation, ids).values_list("task__item", flat=True)
    rows = _blind_answers(list(twice)).values_list(
        "task__item", "author", "answer", "instruction_version__number"
    )
    for item_id, given in groupby(rows.iterator(), key=itemgetter(0)):
        # The last answer of each person.
        said = {author: carried.codes_in(*answer) for _item, author, *answer in given}
        known = [codes for codes in said.values() if codes is not None]
        if len(known) >= TWO:
            place = np.searchsorted(ids, item_id)
            is_read[place] = True
            differs[place, list(_disputed(known))] = True
        beat()
    return is_read, differs


def _disputed(known: list[frozenset[int]]) -> frozenset[int]:
    """What some name and others do not."""
    return frozenset.union(*known) - frozenset.intersection(*known)


def _labeled_twice(evaluation: Evaluation, ids: Ids) -> QuerySet[Consensus]:
    """Those of these items."""
    return Consensus.objects.filter(
        Among(F("task__item"), ids.tolist()),
        project=evaluation.project_id,
        annotation_count__gte=TWO,
    ).order_by()


def _blind_answers(item_ids: list[int]) -> QuerySet[Annotation, Any]:
    """Not those to gold, which may not show by how many there are."""
    rows = Annotation.objects.filter(
        Among(F("task__item"), item_ids),
        assignment__stage=Stage.ANNOTATE,
        assignment__round=F("task__round"),
        assignment__rework_note__isnull=True,
        author__kind=User.Kind.PERSON,
        suggestion_mode__in=(Mode.NONE, Mode.BLIND),
    )
    return rows.exclude(task__state=Task.State.GOLD).order_by("task__item", "pk")
