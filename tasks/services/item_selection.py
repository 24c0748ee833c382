"""Which items of a project somebody means: ticked ones, or all that a filter finds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from tasks.models import Item, ItemTag, Project, Task


def work() -> QuerySet[Task]:
    """All tasks but those that measure people: where gold lies is told on its own page alone."""
    return Task.objects.exclude(state=Task.State.GOLD)


def filtered(
    rows: QuerySet[Item],
    *,
    batch: int | None = None,
    state: str = "",
    prefix: str = "",
    tag: str = "",
) -> QuerySet[Item]:
    """Those with a task in the batch, with a task in the state, whose id begins so, tagged so."""
    if tag:
        tagged = ItemTag.objects.filter(project=OuterRef("project"), name=tag, item=OuterRef("pk"))
        rows = rows.filter(Exists(tagged))
    if prefix:
        rows = rows.filter(external_id__startswith=prefix)
    if batch or state:
        tasks = work().filter(item=OuterRef("pk"))
        tasks = tasks.filter(batch=batch) if batch else tasks
        rows = rows.filter(Exists(tasks.filter(state=state) if state else tasks))
    return rows


@dataclass(frozen=True)
class Selection:
    """Public ids; or a filter, up to the newest item there was when somebody looked at it."""

    ids: tuple[str, ...] = ()
    batch: int | None = None
    state: str = ""
    prefix: str = ""
    tag: str = ""
    last: int = 0

    def rows(self, project: Project) -> QuerySet[Item]:
        if self.ids:
            return project.items.filter(public_id__in=self.ids)
        rows = project.items.filter(pk__lte=self.last)
        return filtered(rows, batch=self.batch, state=self.state, prefix=self.prefix, tag=self.tag)

    def as_payload(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_payload(cls, payload: Mapping[str, Any]) -> "Selection":
        return cls(**{**payload, "ids": tuple(payload["ids"])})
