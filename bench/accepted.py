"""Makes a project with very many accepted labels and times a change of its rules.

Run inside Django by instructions.py. Rows are made by the database itself.
"""

import time
from functools import partial
from typing import Any

from bench import rows
from bench.timing import timed
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from tasks.models import Batch, BatchTally, InstructionVersion, LabelClass, Project
from tasks.reports.publishing import preview
from tasks.services import stale
from tasks.services.markdown import render_markdown

CLASSES = [f"c{number}" for number in range(20)]
TIMES = 10
KILOBYTES_50 = 50_000


def measure(count: int) -> dict[str, Any]:
    """Milliseconds of the preview (median, worst), and how fast the jobs go through labels."""
    project, batch = _project(count)
    figures: dict[str, Any] = {"labels": count, "previews": {}}
    for name, classes in {"1 class of 20": 1, "10 classes of 20": 10, "all labels": 0}.items():
        version = _draft(project, classes)
        touched = preview(version).relabel.count
        figures["previews"][name] = {"touched": touched, **timed(partial(preview, version), TIMES)}
    version = _draft(project, 1)
    version.state, version.number = "published", 2
    InstructionVersion.objects.filter(project=project, number=1).update(state="superseded")
    InstructionVersion.objects.filter(pk=version.pk).update(state="published", breaking_number=2)
    by = batch.created_by
    audit = stale.start(version, policy="audit", sample=50, by=by)
    figures["audit"] = _run(audit)
    figures["relabel"] = _run(stale.decide_rest(version, policy="relabel", by=by))
    figures["rendering"] = rendering()
    return figures


def rendering() -> dict[str, Any]:
    """A 50 KB text, new each time and then the same again; and texts that mean harm."""
    words = "## Birds\n\nA **robin** has a [red](https://a.org) breast:\n\n- one\n- two\n\n"
    table = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 20 + "\n"
    texts = {"headings, lists, links": words, "four fifths of it tables": words + table}
    number = iter(range(10**6))
    figures = {}
    for name, part in texts.items():
        text = (part * KILOBYTES_50)[:KILOBYTES_50]
        figures[f"{name}: new"] = timed(
            lambda text=text: render_markdown(f"{text}{next(number)}"), TIMES
        )
        figures[f"{name}: again"] = timed(lambda text=text: render_markdown(text), TIMES)
    figures["50,000 open brackets"] = timed(
        lambda: render_markdown("[" * KILOBYTES_50 + str(next(number))), 3
    )
    return figures


def _run(job: Any) -> dict[str, float]:
    start = time.perf_counter()
    run_job(job.pk, stale.run_stale)
    job.refresh_from_db()
    seconds = time.perf_counter() - start
    return {
        "labels": job.done_count,
        "seconds": round(seconds, 1),
        "labels_per_second": round(job.done_count / seconds),
    }


def _draft(project: Project, classes: int) -> InstructionVersion:
    """A version whose breaking changes touch so many classes; 0: one change that touches all."""
    project.instruction_versions.exclude(number=1).delete()
    blocks = [_page(number, "New") for number in range(classes)]
    if not classes:
        blocks = [{"id": "all", "kind": "text", "title": "", "body": "New", "classes": []}]
    return InstructionVersion.objects.create(
        project=project,
        number=2,
        state="in_approval",
        blocks=blocks,
        label_schema=rows.single_choice(CLASSES),
        changes={block["id"]: "breaking" for block in blocks},
        author=project.created_by,
    )


def _page(number: int, body: str) -> dict[str, Any]:
    entry = {"control": "bird", "value": f"c{number}"}
    page = {"id": f"p{number}", "kind": "class", "title": "", "body": body}
    return {**page, "classes": [entry], "examples": []}


def _project(count: int) -> tuple[Project, Batch]:
    team, [person] = rows.make_people("accepted", [Role.ANNOTATOR])
    project = rows.make_project("accepted", team, person, CLASSES)
    batch = rows.make_batch(project, "accepted")
    rows.insert_tasks(
        batch,
        count,
        state="'accepted'",
        result_answer=f"jsonb_build_object('bird', 'c' || mod(item.id, {len(CLASSES)}))",
        result_version_id=project.instruction_versions.get().pk,
        settled_at="now()",
    )
    rows.insert(
        LabelClass,
        {
            "task_id": "task.id",
            "project_id": project.pk,
            "control": "'bird'",
            "value": "task.result_answer ->> 'bird'",
        },
        f"FROM tasks_task task WHERE task.batch_id = {batch.pk} ORDER BY task.id",
    )
    # As it is after the nightly vacuum of a table that was filled over weeks.
    rows.execute("VACUUM ANALYZE")
    BatchTally.objects.create(
        batch=batch, person=person, accepted_count=count, annotation_count=count, active_ms=count
    )
    return project, batch
