import json
from contextlib import suppress

import pytest

from labelops.accounts.models import User
from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.models import TaskChange
from tasks.models import Annotation, AnnotationRevision, Assignment, Batch, Item, Task
from tasks.services import annotations_import
from tests.factories import (
    make_batch,
    make_item,
    make_project,
    make_published_project,
    make_team,
)
from tests.tasks.imports import Killed, as_if_silent, import_labels

pytestmark = pytest.mark.django_db
HEADER = b"item,annotator,label\n"


@pytest.fixture
def project():
    project = make_published_project(make_team())
    for name in ("1", "2"):
        make_item(project, external_id=name)
    return project


def test_each_row_becomes_a_submitted_annotation(project):
    job = import_labels(project, HEADER + b"1,ana,robin\n1,bo,wren\n2,ana,robin\n")
    assert (job.state, job.result["added"], job.error_count) == (Job.State.DONE, 3, 0)
    assignment = Assignment.objects.get(task__item__external_id="1", annotator__username="bo")
    assert (assignment.state, assignment.slot) == (Assignment.State.SUBMITTED, 2)
    assert assignment.annotation.answer == {"species": "wren"}
    assert assignment.instruction_version == project.instruction_versions.get()
    assert not AnnotationRevision.objects.exists()


def test_the_annotators_cannot_log_in(project):
    import_labels(project, HEADER + b"1,ana,robin\n")
    ana = User.objects.get(username="ana")
    assert not ana.is_active
    assert not ana.has_usable_password()
    assert not ana.is_simulated


def test_the_batch_is_closed_and_its_tasks_wait_to_be_assessed(project):
    import_labels(project, HEADER + b"1,ana,robin\n1,bo,wren\n2,ana,robin\n")
    batch = Batch.objects.get()
    assert (batch.name, batch.state, batch.overlap) == ("imported", Batch.State.CLOSED, 2)
    tasks = Task.objects.filter(state=Task.State.LABELING, labels_complete_at__isnull=False)
    assert tasks.count() == 2
    assert batch.progress.annotation_count == 3


def test_the_same_file_again_changes_nothing(project):
    content = HEADER + b"1,ana,robin\n1,bo,wren\n"
    import_labels(project, content)
    before = list(Annotation.objects.values())
    job = import_labels(project, content)
    assert (job.result["added"], job.result["unchanged"]) == (0, 2)
    assert list(Annotation.objects.values()) == before


def test_another_answer_is_a_problem_with_its_row(project):
    import_labels(project, HEADER + b"1,ana,robin\n")
    job = import_labels(project, HEADER + b"1,bo,wren\n1,ana,wren\n", name="more.csv")
    [error] = job.errors
    assert (error["code"], error["row"], error["file"]) == ("other_answer", 3, "more.csv")
    assert Annotation.objects.get(author__username="ana").answer == {"species": "robin"}


def test_the_last_answer_wins_when_asked(project):
    import_labels(project, HEADER + b"1,ana,robin\n")
    job = import_labels(project, HEADER + b"1,ana,wren\n", last_wins=True)
    annotation = Annotation.objects.get()
    assert (job.result["revised"], annotation.answer) == (1, {"species": "wren"})
    assert list(annotation.revisions.values_list("number", "answer__species")) == [(1, "robin")]
    assert annotation.revision == 2


def test_two_answers_in_one_file_are_a_problem_or_the_last_wins(project):
    content = HEADER + b"1,ana,robin\n1,ana,wren\n"
    assert import_labels(project, content).errors[0]["row"] == 3
    import_labels(project, content, last_wins=True, batch="other")
    assert Annotation.objects.get(task__batch__name="other").answer == {"species": "wren"}


def test_new_labels_have_the_task_assessed_again(project):
    import_labels(project, HEADER + b"1,ana,robin\n")
    Task.objects.update(
        state=Task.State.ACCEPTED, result_source=Task.Source.VOTE, labels_complete_at=None
    )
    import_labels(project, HEADER + b"1,bo,wren\n")
    task = Task.objects.get()
    assert task.state == Task.State.LABELING
    assert task.labels_complete_at


def test_new_labels_leave_an_expert_decision_alone(project):
    import_labels(project, HEADER + b"1,ana,robin\n")
    Task.objects.update(state=Task.State.ACCEPTED, result_source=Task.Source.REVIEW)
    import_labels(project, HEADER + b"1,bo,wren\n")
    assert Task.objects.get().state == Task.State.ACCEPTED


def test_a_missing_item_is_a_problem_unless_it_may_be_made(project):
    content = HEADER + b"9,ana,robin\n9,bo,robin\n"
    job = import_labels(project, content)
    assert [(error["code"], error["row"]) for error in job.errors] == [
        ("unknown_item", 2),
        ("unknown_item", 3),
    ]
    assert not User.objects.filter(username="ana").exists()
    job = import_labels(project, content, create_items=True)
    assert job.result["items_created"] == 1
    assert Item.objects.filter(external_id="9").count() == 1


def test_an_unknown_label_names_row_field_and_value(project):
    job = import_labels(project, HEADER + b"1,ana,robim\n", name="l.csv")
    [error] = job.errors
    assert (error["row"], error["field"], error["value"]) == (2, "label", "robim")


def test_jsonl_holds_whole_answers(project):
    lines = [
        {"item": "1", "annotator": "ana", "answer": {"species": "robin"}},
        {"item": "1", "annotator": "bo", "answer": {"_undecidable": "too dark"}},
        {"item": "1", "annotator": "cy", "answer": {"species": 7}},
        {"item": "1", "annotator": "dee", "answer": [1]},
    ]
    job = import_labels(project, "\n".join(map(json.dumps, lines)).encode(), name="l.jsonl")
    assert job.result["added"] == 2
    assert [error["row"] for error in job.errors] == [3, 4]


def test_names_that_differ_in_case_are_one_person(project):
    import_labels(project, HEADER + b"1,Ana,robin\n2,ana,robin\n")
    assert User.objects.filter(username__iexact="ana").count() == 1


def test_labels_do_not_go_into_a_batch_that_is_being_worked_on(project):
    make_batch(project, name="live")
    with pytest.raises(DomainError, match="closed batch"):
        import_labels(project, HEADER + b"1,ana,robin\n", batch="live")


def test_without_published_instructions_nothing_is_taken():
    with pytest.raises(DomainError, match="Publish"):
        import_labels(make_project(make_team()), HEADER + b"1,ana,robin\n")


def test_one_event_stands_for_a_chunk_of_rows(project, monkeypatch):
    monkeypatch.setattr(annotations_import, "CHUNK", 2)
    rows = b"".join(b"1,a%d,robin\n" % n for n in range(5))
    import_labels(project, HEADER + rows)
    assert Event.objects.filter(verb="annotations.imported").count() == 3
    assert list(Assignment.objects.order_by("slot").values_list("slot", flat=True)) == [
        1,
        2,
        3,
        4,
        5,
    ]


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_killed_import_resumes_without_loss_or_doubling(project, monkeypatch, cut):
    monkeypatch.setattr(annotations_import, "CHUNK", 2)
    rows = b"".join(b"%d,a%d,robin\n" % (n % 2 + 1, n) for n in range(8))
    real, calls = annotations_import.take_labels, []

    def deadly(*arguments):
        calls.append(arguments)
        if len(calls) == cut:
            as_if_silent(arguments[0].pk)
            raise Killed
        real(*arguments)

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(annotations_import, "take_labels", deadly)
        import_labels(project, HEADER + rows)
    job = Job.objects.get(kind=annotations_import.KIND)
    run_job(job.pk, annotations_import.run_annotation_import)
    job.refresh_from_db()
    assert (job.state, job.result["added"]) == (Job.State.DONE, 8)
    assert Annotation.objects.count() == 8
    assert Task.objects.filter(labels_complete_at__isnull=True).count() == 0


def test_labels_made_elsewhere_need_not_keep_the_rules(project):
    version = project.instruction_versions.get()
    note = {"name": "note", "type": "text", "title": "Note", "required": False, "max_length": 9}
    rule = {
        "id": "r1",
        "type": "required_when",
        "control": "note",
        "severity": "block",
        "when": {"control": "species", "value": "robin"},
    }
    controls = [*version.label_schema["controls"], note]
    schema = {"controls": controls, "rules": [rule]}
    project.instruction_versions.update(label_schema=schema)
    job = import_labels(project, HEADER + b"1,ana,robin\n")
    assert (job.result["added"], job.error_count) == (1, 0)


def test_a_file_of_another_format_is_refused(project):
    with pytest.raises(DomainError) as refusal:
        import_labels(project, b'[{"item": "1", "annotator": "ana", "answer": {}}]')
    assert refusal.value.code == "wrong_format"


def test_imported_labels_are_noted_for_the_quality_sums(project):
    import_labels(project, HEADER + b"1,ana,robin\n2,ana,robin\n")
    noted = set(TaskChange.objects.values_list("task", flat=True))
    assert noted == set(Task.objects.values_list("pk", flat=True))
