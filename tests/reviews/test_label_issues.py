"""Labels that look wrong: found, kept, fed to the queue, decided, and detectors that are muted."""

import pytest
from django.db.models import F
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from reviews.models import Consensus, DetectorStanding, LabelIssue, QueueMark
from reviews.models.consensus import LABEL_ISSUE
from reviews.services import (
    detector_standings,
    inference,
    issue_outcomes,
    label_issue_scan,
    label_issues,
    queue,
    suspicions,
    undo,
)
from reviews.services.narrowing import Narrowing
from tasks.models import Item, ModelVersion, Prediction
from tasks.services import model_grants
from tests.factories import (
    make_accepted_tasks,
    make_batch,
    make_instruction,
    make_member,
    make_model_version,
    make_prediction,
    make_project,
    make_published_project,
    make_team,
)
from tests.reviews.deciding import decide

pytestmark = pytest.mark.django_db
Detector = LabelIssue.Detector
# Of each class so many are labeled, and the first few of them wrongly.
EACH, WRONG = 30, 3


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=1)


@pytest.fixture
def project(batch):
    return batch.project


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def manager(team):
    return make_member(team, Role.MANAGER)


def labels(batch, author):
    """Accepted robins and wrens."""
    return {
        label: make_accepted_tasks(batch, EACH, answer={"species": label}, author=author)
        for label in ("robin", "wren")
    }


def predict(version, tasks, **over):
    """A model that is right of all, and so holds the first few labels of each class for wrong."""
    other = {"robin": "wren", "wren": "robin"}
    rows = []
    for label, labeled in tasks.items():
        for number, task in enumerate(labeled):
            said = other[label] if number < WRONG else label
            sure = 0.98 - 0.002 * number
            scores = {said: sure, other[said]: 1 - sure}
            rows.append(
                Prediction(
                    model_version=version,
                    item=task.item,
                    answer={"species": said},
                    label=said,
                    score=sure,
                    scores=scores,
                    created_at=timezone.now(),
                    **over,
                )
            )
    Prediction.objects.bulk_create(rows)


@pytest.fixture
def tasks(batch, team):
    return labels(batch, make_member(team))


@pytest.fixture
def version(project, tasks):
    made = make_model_version(project)
    predict(made, tasks)
    return made


def find(project):
    job = label_issues.start(project, by=None)
    run_job(job.pk, label_issues.run)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    return job


def wide_budget(monkeypatch):
    monkeypatch.setattr(label_issue_scan, "BUDGET_SHARE", 0.5)


def test_wrong_labels_lead_the_queue_with_the_reason(project, version, tasks, expert, monkeypatch):
    wide_budget(monkeypatch)
    job = find(project)
    issues = list(LabelIssue.objects.order_by("rank"))
    wrong = {task.pk for labeled in tasks.values() for task in labeled[:WRONG]}
    assert {issue.task_id for issue in issues} <= wrong
    assert len(issues) >= 4
    assert job.result == {"labels": 2 * EACH, "found": len(issues)}
    assert (issues[0].label, issues[0].suggested) in {("robin", "wren"), ("wren", "robin")}
    assert issues[0].score < 0.1
    first = Consensus.objects.get(task=issues[0].task_id)
    assert (first.suspicion, first.inferred_wrong) == (0.45, 0.25)
    assert (first.p_wrong, first.risk) == (0.45, pytest.approx(0.25 + 0.45 * 0.75))
    assert first.reasons[0]["code"] == LABEL_ISSUE
    marked = QueueMark.objects.filter(kind="reason", value=LABEL_ISSUE)
    assert marked.count() == len(issues)
    taken = queue.next_review(expert, narrowing=Narrowing(reason=LABEL_ISSUE))
    assert taken.task_id == issues[0].task_id
    # The same again changes nothing, and tells nobody.
    before, told = list(LabelIssue.objects.values()), Event.objects.filter(verb__startswith="label")
    count = told.count()
    find(project)
    assert list(LabelIssue.objects.values()) == before
    assert told.count() == count == 1


def test_the_budget_goes_to_the_test_split_first(project, version, monkeypatch):
    with monkeypatch.context() as wider:
        wide_budget(wider)
        find(project)
    chosen = LabelIssue.objects.latest("rank").task
    Item.objects.filter(pk=chosen.item_id).update(data={"split": "test"})
    find(project)
    # 8 % of 60 labels.
    assert LabelIssue.objects.count() == 5
    assert LabelIssue.objects.get(rank=1).task_id == chosen.pk


@pytest.mark.parametrize(
    ("origin", "found"), [("brought", 0), ("built_in", 5)], ids=["elsewhere", "out of fold"]
)
def test_what_taught_the_model_counts_only_out_of_fold(project, tasks, origin, found):
    made = make_model_version(project, origin=ModelVersion.Origin(origin))
    predict(made, tasks, is_trained_on=True)
    find(project)
    assert LabelIssue.objects.count() == found


def decided_first(expert, version, decision="fix"):
    """The most suspicious label, decided by the expert."""
    issue = LabelIssue.objects.waiting().filter(model_version=version).earliest("rank")
    slot = queue.next_review(expert, narrowing=Narrowing(reason=LABEL_ISSUE))
    assert slot.task_id == issue.task_id
    other = {"answer": {"species": issue.suggested}} if decision == "fix" else {}
    decide(slot, decision, **other)
    issue.refresh_from_db()
    return issue, slot


def test_an_expert_confirms_or_not_and_taking_it_back_asks_again(project, version, expert):
    find(project)
    issue, slot = decided_first(expert, version)
    assert issue.is_confirmed is True
    again = undo.take_back(slot.public_id, by=expert)
    issue.refresh_from_db()
    assert issue.is_confirmed is issue.decided_at is None
    decide(again, "accept")
    issue.refresh_from_db()
    assert issue.is_confirmed is False
    # What an expert decided is suspected no more.
    find(project)
    assert not LabelIssue.objects.waiting().filter(task=issue.task_id).exists()
    assert LabelIssue.objects.filter(pk=issue.pk).exists()


def test_a_label_that_changes_makes_the_suspicion_void(project, version, tasks):
    find(project)
    issue, other = LabelIssue.objects.order_by("rank")[:2]
    issue_outcomes.clear([issue.task_id])
    doubted = Consensus.objects.get(task=issue.task_id)
    assert (doubted.suspicion, doubted.risk) == (0, doubted.inferred_risk)
    assert LABEL_ISSUE not in [reason["code"] for reason in doubted.reasons]
    # A model that changed its mind suspects it no more, either.
    Prediction.objects.filter(item=other.task.item).delete()
    find(project)
    found = LabelIssue.objects.values_list("task", flat=True)
    assert other.task_id not in found
    assert issue.task_id in found
    assert Consensus.objects.get(task=other.task_id).suspicion == 0


def test_the_fit_of_people_leaves_the_suspicion_alone(project, version, monkeypatch):
    find(project)
    before = dict(Consensus.objects.values_list("pk", "suspicion"))
    inference.refit(project)
    assert dict(Consensus.objects.values_list("pk", "suspicion")) == before
    assert Consensus.objects.filter(suspicion__gt=0, risk__lt=F("suspicion")).count() == 0
    assert Consensus.objects.filter(inferred_wrong__gt=F("p_wrong")).count() == 0


def decided_issues(version, tasks, *, confirmed, detector=Detector.CLASSES):
    """Issues of robins that experts have decided already, the first few of them confirmed."""
    now = timezone.now()
    LabelIssue.objects.bulk_create(
        LabelIssue(
            project=version.project,
            task=task,
            detector=detector,
            model_version=version,
            revision=1,
            label="robin",
            suggested="wren",
            score=0.1,
            rank=number + 1,
            found_at=now,
            is_confirmed=number < confirmed,
            decided_at=now,
        )
        for number, task in enumerate(tasks)
    )


def test_a_detector_that_finds_nothing_is_muted_and_kept_by_hand(
    project, version, tasks, manager, monkeypatch
):
    wide_budget(monkeypatch)
    find(project)
    robins = LabelIssue.objects.waiting().filter(label="robin").values("task")
    assert Consensus.objects.filter(task__in=robins, suspicion__gt=0).exists()
    decided_issues(version, [*tasks["robin"], *tasks["wren"]][:40], confirmed=0)
    assert detector_standings.assess_outdated() == 1
    assert detector_standings.assess_outdated() == 0
    standing = DetectorStanding.objects.get(label="robin")
    assert (standing.decided, standing.confirmed) == (40, 0)
    assert standing.upper < 0.1
    assert standing.muted_at is not None
    assert not Consensus.objects.filter(task__in=robins, suspicion__gt=0).exists()
    with pytest.raises(DomainError):
        detector_standings.decide(standing, "keep", by=manager, reason=" ")
    with pytest.raises(DomainError):
        detector_standings.decide(standing, "louder", by=manager, reason="It helps.")
    detector_standings.decide(standing, "keep", by=manager, reason="It helps.")
    kept = Consensus.objects.filter(task__in=robins, suspicion__gt=0)
    # Less than before: of what it found nothing was wrong.
    assert 0 < kept.latest("suspicion").suspicion < 0.1
    detector_standings.assess(project)
    standing.refresh_from_db()
    assert (standing.muted_at, standing.set_by) == (None, manager)
    detector_standings.decide(standing, "evidence", by=manager, reason="")
    standing.refresh_from_db()
    assert standing.muted_at is not None
    # Nothing that it ever found is left: only a person's word would stay.
    LabelIssue.objects.filter(label="robin").delete()
    detector_standings.assess(project)
    assert not DetectorStanding.objects.filter(label="robin").exists()


def test_precision_is_drawn_towards_that_of_the_detector(project, version, tasks):
    find(project)
    decided_issues(version, tasks["robin"][:20], confirmed=20)
    detector_standings.assess(project)
    known = suspicions.precisions_of(project)
    assert 0.8 < known[Detector.CLASSES, "robin"] < 1
    # Nobody has looked at the other class: the detector is believed for its work in the first.
    assert 0.6 < known[Detector.CLASSES, "wren"] < known[Detector.CLASSES, "robin"]


def test_one_look_at_a_time_and_only_with_a_model_that_speaks(project, manager, tasks):
    with pytest.raises(Conflict, match="No model"):
        label_issues.start(project, by=manager)
    made = make_model_version(project)
    predict(made, tasks)
    [job] = label_issues.start_due()
    assert label_issues.start_due() == []
    with pytest.raises(Conflict, match="already"):
        label_issues.start(project, by=manager)
    cancel_job(job, by=manager)
    assert not LabelIssue.objects.exists()
    [again] = label_issues.start_due()
    Job.objects.filter(pk=again.pk).update(is_cancel_requested=True)
    run_job(again.pk, label_issues.run)
    again.refresh_from_db()
    assert again.state == Job.State.CANCELLED
    assert not LabelIssue.objects.exists()
    find(project)
    assert label_issues.start_due() == []
    model_grants.stop(made, by=manager, reason="It guesses.", redo=False)
    assert label_issue_scan.newest_version(project) is None


def test_spans_and_boxes_are_found_by_the_confidence_of_each(team, monkeypatch):
    wide_budget(monkeypatch)
    words = {"name": "names", "type": "spans", "labels": [{"value": "PER", "title": "Person"}]}
    cars = {"name": "cars", "type": "shapes", "labels": [{"value": "car", "title": "Car"}]}
    author = make_member(team)
    place, span = {"label": "PER", "start": 0, "end": 5}, {"label": "PER", "start": 8, "end": 12}
    near, far = ({"label": "car", "box": [x, x, 30, 20]} for x in (0, 60))
    for control, item_type, first, second in (
        (words, "text", place, span),
        (cars, "image", near, far),
    ):
        name = control["name"]
        project = make_project(team, item_type=item_type)
        make_instruction(project, label_schema={"controls": [control]})
        made = make_model_version(project)
        work = make_batch(project, team, overlap=1)
        tasks = make_accepted_tasks(work, 4, answer={name: [first]}, author=author)
        Item.objects.filter(project=project).update(width=100, height=100)
        for number, task in enumerate(tasks):
            seen = [first, second] if number == 2 else [first]
            make_prediction(
                made,
                task.item,
                "",
                answer={name: seen},
                score=0.6,
                scores={f"{name}.0": 0.96, f"{name}.1": 0.97},
            )
        find(project)
        issue = LabelIssue.objects.get(project=project)
        assert issue.task_id == tasks[2].pk
        assert (issue.label, issue.suggested) == ("", second["label"])
        assert issue.detector == (Detector.SPANS if name == "names" else Detector.OVERLOOKED)
        assert DetectorStanding.objects.get(project=project).label == second["label"]
