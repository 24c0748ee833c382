"""The names of all that the lines of a statement are about, in one statement of SQL."""

from collections.abc import Iterable

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from labelops.accounts.models import Team, User
from reviews.quality.pay import Key
from tasks.models import Batch, Project

PERSON, TEAM, PROJECT, BATCH = "person", "team", "project", "batch"


class Names:
    """By kind and id; what is gone has a dash."""

    def __init__(self, keys: Iterable[Key], *, people: bool = True) -> None:
        """Without `people` their names are left out: a page of one person needs none."""
        wanted: dict[str, set[int]] = {PERSON: set(), TEAM: set(), PROJECT: set(), BATCH: set()}
        for key in keys:
            wanted[TEAM].add(key.team)
            wanted[PROJECT].add(key.project)
            if people:
                wanted[PERSON].add(key.person)
            if key.batch:
                wanted[BATCH].add(key.batch)
        named = Coalesce(NullIf(F("name"), Value("")), F("username"))
        first, *others = (
            _titled(User, PERSON, wanted[PERSON], named),
            _titled(Team, TEAM, wanted[TEAM], F("name")),
            _titled(Project, PROJECT, wanted[PROJECT], F("name")),
            _titled(Batch, BATCH, wanted[BATCH], F("name")),
        )
        rows = first.union(*others, all=True) if any(wanted.values()) else []
        self._titles = {(kind, pk): title for kind, pk, title in rows}

    def of(self, kind: str, pk: int | None) -> str:
        return self._titles.get((kind, pk), "–") if pk else "–"


def _titled(model: type[Model], kind: str, ids: set[int], title: object) -> QuerySet:
    rows = model._default_manager.filter(pk__in=ids).order_by()
    named = rows.annotate(kind_=Value(kind, output_field=CharField()), title_=title)
    return named.values_list("kind_", "pk", "title_")
