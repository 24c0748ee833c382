"""Measures what became of a model on the target of a batch: what stands on the impact card."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from datasets.analysis.gains import gain
from datasets.analysis.impact import (
    Change,
    Effect,
    attributed,
    change,
    control_like,
    cost_per_point,
    is_like,
)
from datasets.models import DatasetEntry, Impact, Scenario
from datasets.services import impact_outcomes as outcomes
from datasets.services.scenario_runs import in_gate
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.jobs.models import Job
from labelops.jobs.services import keep_alive, save_progress
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from reviews.models import Review, WorkDay
from reviews.reports.costs_per_item import cost_per_item
from tasks.models import Annotation, Batch, ModelVersion, Task

SCENARIOS_MOST = 50
SHARED_SHOWN = 10
SCENARIOS, REST = "scenarios", "rest"
Right = dict[int, bool]
# The shape of a result: of two models that have nothing in common.
NOTHING_MEASURED: dict[str, Any] = {
    "n": 0,
    "fixed": 0,
    "broken": 0,
    "right_before": 0,
    "gain": {"value": 0.0, "low": 0.0, "high": 0.0},
    "p_value": 1.0,
    "control": None,
    "own": None,
    "cost": "0",
    "is_priced": True,
    "hours_ms": 0,
    "cost_per_point": None,
    "labels": {"added": 0, "fixed": 0},
    "regressions": [],
    "shared": {"own": 0, "all": 0, "names": [], "batches": 0},
}


def run_measuring(job: Job) -> None:
    """Called again after a crash it begins again; people are told once of each version."""
    impact = Impact.objects.select_related("batch__project", "target", "before").get(
        pk=job.payload["impact"]
    )
    after = ModelVersion.objects.get(pk=job.payload["after"])
    result = _measured(impact, after, job)
    with transaction.atomic():
        impact = Impact.objects.select_for_update(of=("self",)).get(pk=impact.pk)
        is_news = impact.after_id != after.pk
        impact.after, impact.result, impact.measured_at = after, result, timezone.now()
        if is_news:
            impact.share = {}
        impact.save(update_fields=["after", "result", "measured_at", "share"])
        told = {"after": str(after), "gain": result["gain"]["value"], "n": result["n"]}
        record(job.created_by, "impact.measured", impact, after=told)
        if is_news:
            _tell(impact)
        job.result = told
        save_progress(job)


def _measured(impact: Impact, after: ModelVersion, job: Job) -> dict[str, Any]:
    target, before = impact.target, impact.before
    was, now = (outcomes.of_scenario(target, version) for version in (before, after))
    found = change(was, now)
    others = _others(target, before, after, job)
    result = NOTHING_MEASURED | _work(impact, after)
    result["regressions"] = _regressions(target, found, others)
    if found is None:
        return result
    control, facts = _control(target, found, was, others, (before, after))
    own = attributed(found.effect, control.effect) if control else None
    per_point = cost_per_point(float(result["cost"]), own or found.effect)
    return (
        result
        | asdict(found)
        | {
            "gain": shown(found.effect),
            "p_value": p_value_of(found),
            "control": control and facts | {"n": control.n, "gain": shown(control.effect)},
            "own": own and shown(own),
            "cost_per_point": per_point and asdict(per_point),
        }
    )


def _work(impact: Impact, after: ModelVersion) -> dict[str, Any]:
    cost = cost_per_item([impact.batch])[impact.batch_id]
    return {
        "cost": str(cost.total),
        "is_priced": not cost.unpriced_units,
        "hours_ms": _time_ms(impact.batch),
        "labels": _labels(impact),
        "shared": _shared(impact, after),
    }


def p_value_of(found: Change) -> float:
    """Of the exact McNemar test."""
    exact = gain(found.fixed, found.broken, found.n)
    return exact.p_value if exact else 1.0


def shown(effect: Effect) -> dict[str, float]:
    """As it is stored."""
    return {"value": effect.value, "low": effect.interval.low, "high": effect.interval.high}


def _others(
    target: Scenario, before: ModelVersion, after: ModelVersion, job: Job
) -> list[tuple[Scenario, Right, Right]]:
    """Each other scenario of the gate, with what either version has right."""
    found = []
    for scenario in in_gate(target.project).exclude(name=target.name)[:SCENARIOS_MOST]:
        rights = (outcomes.of_scenario(scenario, version) for version in (before, after))
        found.append((scenario, *rights))
        keep_alive(job)
    return found


def _control(
    target: Scenario,
    found: Change,
    was: Right,
    others: list[tuple[Scenario, Right, Right]],
    versions: tuple[ModelVersion, ModelVersion],
) -> tuple[Change | None, dict[str, Any]]:
    """The other scenarios that are like the target; else items of the test split that are."""
    like = [
        (scenario, *rights)
        for scenario, *rights in others
        if (other := change(*(_without(right, was) for right in rights))) and is_like(other, found)
    ]
    if like:
        all_was = {item: is_right for _one, right, _now in like for item, is_right in right.items()}
        all_now = {item: is_right for _one, _was, right in like for item, is_right in right.items()}
        names = [str(scenario) for scenario, *_rights in like]
        control = change(_without(all_was, was), _without(all_now, was))
        return control, {"kind": SCENARIOS, "names": names}
    before, after = (outcomes.of_rest(target, version) for version in versions)
    both = {item: is_right for item, is_right in before.items() if item in after}
    classes = outcomes.classes_of(target, {*was, *both})
    strata = [(classes.get(item, ""), is_right) for item, is_right in was.items()]
    rest = {item: (classes.get(item, ""), is_right) for item, is_right in both.items()}
    like_it = control_like(strata, rest)
    if like_it is None:
        return None, {}
    drawn, is_of_class = like_it
    facts = {"kind": REST, "names": [], "is_of_class": is_of_class}
    return change({item: both[item] for item in drawn}, after), facts


def _without(right: Right, items: Right) -> Right:
    return {item: is_right for item, is_right in right.items() if item not in items}


def _regressions(
    target: Scenario, found: Change | None, others: list[tuple[Scenario, Right, Right]]
) -> list[dict[str, Any]]:
    """Every scenario that got worse, the target too, worst first."""
    changes = [(target, found), *((scenario, change(was, now)) for scenario, was, now in others)]
    worse = [(scenario, one) for scenario, one in changes if one and one.broken > one.fixed]
    worse.sort(key=lambda pair: pair[1].effect.value)
    return [
        {
            "scenario": scenario.pk,
            "name": str(scenario),
            "fixed": one.fixed,
            "broken": one.broken,
            "n": one.n,
            "p_value": p_value_of(one),
        }
        for scenario, one in worse
    ]


def _time_ms(batch: Batch) -> int:
    rows = WorkDay.objects.filter(batch=batch, person__kind=User.Kind.PERSON)
    sums = rows.aggregate(active=Sum("active_ms"), reading=Sum("reading_ms"))
    return (sums["active"] or 0) + (sums["reading"] or 0)


def _labels(impact: Impact) -> dict[str, int]:
    """Accepted in the batch: of items that had a label in the target's version, and of others."""
    known = DatasetEntry.objects.filter(
        version=impact.target.dataset_version_id, item=OuterRef("item")
    )
    rows = Task.objects.filter(batch=impact.batch_id, state=Task.State.ACCEPTED)
    counted = rows.annotate(was_known=Exists(known)).aggregate(
        all=Count("pk"), fixed=Count("pk", filter=Q(was_known=True))
    )
    return {"added": counted["all"] - counted["fixed"], "fixed": counted["fixed"]}


def _shared(impact: Impact, after: ModelVersion) -> dict[str, Any]:
    """Other batches whose labels the newer version may have learned from as well."""
    rows = Task.objects.filter(
        batch__project=impact.batch.project_id,
        state=Task.State.ACCEPTED,
        settled_at__gt=impact.before.created_at,
        settled_at__lte=after.created_at,
    )
    own = rows.filter(batch=impact.batch_id).count()
    others = rows.exclude(batch=impact.batch_id).order_by().values("batch__name")
    by_batch = others.annotate(count=Count("pk")).order_by("-count")
    names = [row["batch__name"] for row in by_batch[:SHARED_SHOWN]]
    return {"own": own, "all": rows.count(), "names": names, "batches": by_batch.count()}


def workers_of(batch: Batch) -> QuerySet[User]:
    """The people who labeled or decided in it."""
    labeled = Annotation.objects.filter(task__batch=batch, author=OuterRef("pk"))
    decided = Review.objects.filter(
        task__batch=batch, reviewer=OuterRef("pk"), withdrawn_at__isnull=True
    )
    people = User.objects.filter(kind=User.Kind.PERSON, is_active=True)
    return people.filter(Exists(labeled) | Exists(decided))


def _tell(impact: Impact) -> None:
    parameters = {"project": impact.batch.project.name, "batch_id": impact.batch_id}
    notify(workers_of(impact.batch), Kind.IMPACT_MEASURED, about=impact, parameters=parameters)
