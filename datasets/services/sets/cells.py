"""The matches behind a number of an evaluation, the most certain first.

The histogram says in which bars they lie, and a page reads only as many bars as it shows: so the
thousandth page costs as much as the first one, and no threshold makes any dearer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.analysis.cell_walk import Outcome, Walk, cell_walk, next_stretch, outcome_walk
from datasets.analysis.confusion import OVERLAP_STEPS, SCORE_STEPS, Histogram
from datasets.analysis.judged_parts import Bars
from datasets.models import Evaluation, Match
from datasets.services.class_names import names_of
from datasets.services.evaluations import bars_of
from datasets.services.item_sets import Member, SetKind
from labelops.errors import DomainError
from labelops.lists import Page, forged_cursor, number_or_none
from tasks.models import Project

SALT = "datasets.cells"
NUMBER_LENGTH = 18
Place = tuple[int, int]


@dataclass(frozen=True)
class CellMatches:
    project: Project
    title: str
    evaluation: Evaluation
    walk: Walk = field(repr=False)

    def count(self) -> int:
        return self.walk.total

    def page(self, cursor: str, size: int) -> Page:
        """At most three statements, whatever the number of matches."""
        code, after = _read_place(cursor) if cursor else (0, 0)
        # One more tells whether there is a next page.
        found = self._of_bar(code, after, size + 1) if code else []
        stretch = next_stretch(self.walk, code, size + 1 - len(found))
        if stretch.whole:
            whole = self._matches().filter(cell__in=stretch.whole)
            found += whole.order_by("cell", "pk")
        if stretch.last and len(found) <= size:
            found += self._of_bar(stretch.last, 0, size + 1 - len(found))
        shown = found[:size]
        following = ""
        if len(found) > size:
            following = signing.dumps((shown[-1].cell, shown[-1].pk), salt=SALT)
        members = [Member(match.item_id, match.truth_id, match.predicted_id) for match in shown]
        return Page(members, following, is_first=not cursor)

    def _matches(self) -> QuerySet[Match]:
        return Match.objects.filter(evaluation=self.evaluation)

    def _of_bar(self, code: int, after: int, size: int) -> list[Match]:
        return list(self._matches().filter(cell=code, pk__gt=after).order_by("pk")[:size])


def _read_place(cursor: str) -> Place:
    try:
        code, after = signing.loads(cursor, salt=SALT)
        return int(code), int(after)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise forged_cursor() from error


def read_cell(project: Project, given: Mapping[str, str]) -> CellMatches:
    """`truth` and `predicted` are values of classes, empty for nothing there; or an `outcome`.

    An outcome is right, wrong, missed or false: of the class that `truth` names, or of all.
    """
    evaluation = evaluation_of(project, given.get("evaluation", ""), "evaluation")
    bars = bars_given(evaluation, given)
    histogram = Histogram.unpacked(bytes(evaluation.histogram))
    truth, predicted = given.get("truth", ""), given.get("predicted", "")
    names = names_of(evaluation)
    shown = names.get(truth, truth), names.get(predicted, predicted)
    if name := given.get("outcome", ""):
        outcome = _outcome(name)
        code = _code(evaluation, truth, "truth") if truth else None
        walk = outcome_walk(histogram, bars, outcome, code)
        title = _outcome_title(outcome, shown[0])
    else:
        codes = _code(evaluation, truth, "truth"), _code(evaluation, predicted, "predicted")
        if not any(codes):
            raise DomainError(
                _("Name a class that was labeled or predicted."),
                code="unknown_value",
                field="truth",
            )
        walk = cell_walk(histogram, bars, *codes)
        title = _cell_title(*shown)
    # Whoever shows the set speaks of the thresholds of its address.
    evaluation.score_bar, evaluation.overlap_bar = bars.score / 100, bars.overlap / 20
    return CellMatches(project, f"{title} · {evaluation}", evaluation, walk)


def evaluation_of(project: Project, number: str, name: str) -> Evaluation:
    """A finished evaluation of the project by its id. Raises DomainError."""
    rows = project.evaluations.filter(finished_at__isnull=False)
    related = rows.select_related("project", "dataset_version", "model_version", "job")
    found = related.filter(pk=number_or_none(number)).first()
    if found is None:
        raise DomainError(
            _("There is no finished evaluation of that number."),
            code="unknown_value",
            field=name,
            hint=_("It may have been deleted. “Evaluations” lists those that are there."),
        )
    return found


def bars_given(evaluation: Evaluation, given: Mapping[str, str]) -> Bars:
    """The thresholds of an address; what it does not name is the evaluation's own."""
    own = bars_of(evaluation)
    return Bars(
        _step(given.get("score", ""), SCORE_STEPS, own.score, "score"),
        _step(given.get("overlap", ""), OVERLAP_STEPS, own.overlap, "overlap"),
    )


def _step(text: str, steps: int, own: int, name: str) -> int:
    if not text:
        return own
    try:
        value = float(text) if len(text) <= NUMBER_LENGTH else -1.0
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise DomainError(
            _("A threshold is a number from 0 to 1."), code="unknown_value", field=name
        )
    return round(value * steps)


def _outcome(name: str) -> Outcome:
    if name not in set(Outcome):
        raise DomainError(
            _("There is no such outcome."),
            code="unknown_value",
            field="outcome",
            hint=_("Outcomes: %(names)s.") % {"names": ", ".join(Outcome)},
        )
    return Outcome(name)


def _code(evaluation: Evaluation, value: str, name: str) -> int:
    code = evaluation.code_of(value)
    if code is None:
        raise DomainError(
            _("The evaluation knows no such class."), code="unknown_value", field=name
        )
    return code


def _cell_title(truth: str, predicted: str) -> str:
    names = {"truth": truth, "predicted": predicted}
    if not predicted:
        return _("“%(truth)s” that was missed") % names
    if not truth:
        return _("“%(predicted)s” where no label is") % names
    if truth == predicted:
        return _("“%(truth)s” that was found") % names
    return _("“%(truth)s” taken for “%(predicted)s”") % names


def _outcome_title(outcome: Outcome, truth: str) -> str:
    titles = {
        Outcome.RIGHT: _("Right"),
        Outcome.WRONG: _("Wrong"),
        Outcome.MISSED: _("Missed, or called something else"),
        Outcome.FALSE: _("False: no such label there"),
    }
    return f"{titles[outcome]}: “{truth}”" if truth else titles[outcome]


CELL = SetKind(("evaluation", "truth", "predicted", "outcome", "score", "overlap"), read_cell)
