"""No page that a person can open has a grave finding of axe, in light or in dark."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once
PROJECTS = ("digits", "paper-notes", "names")
GRAVE = ("serious", "critical")
# Moderate at worst, and the slowest of those.
NEVER_GRAVE = ("heading-order", "landmark-unique", "region", "skip-link")
LIGHT = {
    "resultTypes": ["violations"],
    "preload": False,
    "rules": {rule: {"enabled": False} for rule in NEVER_GRAVE},
}
AXE = Axe().axe_script
EXAMINE, ALIKE, CONTRASTS = (
    (Path(__file__).parent / f"{name}.js").read_text().strip().rstrip(";")
    for name in ("examine", "alike", "contrasts")
)
RUN = f"given => ({EXAMINE})({ALIKE}, {CONTRASTS}, given)"
# Of axe's rules only this one depends on the theme.
DARK = LIGHT | {"runOnly": ["color-contrast"]}
PLACES = """
import json
from decimal import Decimal
from labelops.accounts.demo_accounts import PASSWORD
from datasets.models import Impact, SliceFinding
from datasets.services import (
    bulk_edits, evaluation_runs, evaluations, freezing, scenario_runs, scenarios, vector_jobs,
)
from datasets.services.impact_measuring import NOTHING_MEASURED
from datasets.services import evaluation_runs, evaluations, freezing
from datasets.services import bulk_edits, freezing
from datasets.services import campaign_pages, campaigns, failure_cases, segments, slice_search
from datasets.services.item_sets import QueriedItems
from labelops.accounts.models import Membership, User
from labelops.jobs.services import run_job
from labelops.notices.kinds import Kind
from labelops.notices.services import announcements
from labelops.notices.services.notices import notify
from django.utils import timezone
from reviews.models import (
    Consensus, DetectorStanding, Feedback, LabelIssue, ModelCheck, ModelStanding, SuggestionArm,
)
from reviews.services import (
    inference, model_training, model_trust, person_withdrawals, task_routing,
)
from tasks.models import Batch, Item, Project, Transfer
from tasks.services import archiving, deletions, model_backend_asking, model_backend_runs
from tasks.services.item_selection import Selection
from tests.factories import (
    make_backend, make_batch, make_delivery, make_grant, make_item, make_model_version,
    make_prediction, make_project, make_published_project,
)
from tests.datasets.traced import make_tracing
from tests.datasets.vectors import make_vector_set
from tests.reviews.certified import certify, said_tasks
from tests.reviews.model_evidence import make_model_checks
ana = User.objects.get(username="ana")
mei = Membership.objects.get(user__username="mei")
if not User.objects.filter(username="op").exists():
    User.objects.create_superuser("op", password=PASSWORD)
feedback = {}
batches = {batch.project.slug: batch for batch in Batch.objects.select_related("project")}
for slug in ("digits", "paper-notes", "names"):
    entry = Feedback.objects.filter(
        annotation__task__batch__project__slug=slug, outcome="fixed"
    ).first()
    annotation = entry.annotation
    entry.author = annotation.author = annotation.assignment.annotator = ana
    for row in (entry, annotation, annotation.assignment):
        row.save()
    feedback[slug] = entry.pk
delivery = make_delivery(Project.objects.get(slug="digits"))
project = Project.objects.get(slug="digits")
training = model_training.start(project, by=mei.user)
run_job(training.job_id, model_training.run_training)
training.refresh_from_db()
for _number in range(2):
    version = freezing.start_freezing(project, freezing.Wish(), by=mei.user)
    run_job(version.job_id, freezing.run_freezing)
    version.refresh_from_db()
edit = bulk_edits.start(
    project, {item.pk: [] for item in project.items.all()[:3]}, act="tag", wishes={"tag": "odd"},
    source={}, by=mei.user,
)
run_job(edit.job_id, bulk_edits.run)
vectors = vector_jobs.start_building(project, by=mei.user)
run_job(vectors.job_id, vector_jobs.run)
backend = make_backend(project)
asking = model_backend_asking.start_asking(backend, by=mei.user)
run_job(asking.pk, model_backend_runs.run_asking)
hasty = User.objects.get(username="sim-hasty")
newest = hasty.annotations.filter(
    task__batch__project=project, state="submitted", task__result_source="vote"
).last()
wish = {"since": newest.submitted_at, "reason": "Too fast", "by": mei.user}
withdrawal = person_withdrawals.withdraw(project, hasty, **wish)
run_job(withdrawal.job_id, person_withdrawals.run_withdrawal)
model = make_model_version(project)
make_grant(model, "1")
checked = make_batch(project, name="checked", state="closed")
make_model_checks(model, checked, [True] * 100 + [None], label="1")
model_trust.assess(model, "1")
task = batches["digits"].tasks.filter(state="accepted").first()
doubting = make_model_version(project)
make_prediction(doubting, task.item, "4", answer={"digit": "4"})
found = {"project": project, "detector": "classes", "label": "9"}
LabelIssue.objects.create(
    **found, task=task, model_version=doubting, revision=1, suggested="4", score=0.1, rank=1,
    found_at=task.settled_at,
)
DetectorStanding.objects.create(**found, decided=9, confirmed=4, computed_at=task.settled_at)
telling = {"title": "Shifts", "text": "# New hours", "must_confirm": True}
teams = [membership.team for membership in ana.memberships.all()]
announcement = announcements.publish(**telling, teams=teams, by=mei.user)
parameters = {"project": project.name, "item": "one", "detail": "Yes, a seven."}
for person in (ana, mei.user):
    notify([person], Kind.QUESTION_ANSWERED, about=project, parameters=parameters)
away = make_published_project(mei.team, slug="away", created_by=mei.user)
chosen = Selection(ids=(str(make_item(away).public_id),))
deletion = deletions.delete(away, chosen, reason="asked to", by=mei.user)
archiving.archive(make_project(mei.team, slug="archived"), by=mei.user)
gone = make_project(mei.team, slug="gone", name="Gone")
archiving.delete(gone, name="Gone", by=mei.user)
make_item(away)
able = make_model_version(make_published_project(mei.team, slug="sure", created_by=mei.user))
sure = make_batch(able.project, mei.team, model_bar_percent=95)
certify(able)
said_tasks(sure, able, 3), said_tasks(sure, able, 1, score=0.5)
task_routing.route_batch(sure)
swaying = make_model_version(project)
make_grant(swaying, "3", level=2)
now = timezone.now()
ModelStanding.objects.create(model_version=swaying, label="3", n=3, right=2, audited=9)
for task in batches["digits"].tasks.all()[:3]:
    ModelCheck.objects.create(
        model_version=swaying, task=task, kind="blind", label="3", expected="4", is_right=False,
        made_at=now, decided_at=now,
    )
for mode, followed in (("shown", 9), ("blind", 2)):
    SuggestionArm.objects.create(
        batch=batches["digits"], model_version=swaying, mode=mode, answers=30, median_ms=4000,
        timed=30, wrong=12, followed=followed, wrong_items=12, right_share=12 - followed,
        computed_at=now,
    )
heard = make_model_version(project, by=mei.user)
for found in Consensus.objects.filter(batch=batches["digits"]).select_related("task"):
    [named] = found.voted.values()
    make_prediction(heard, found.task.item, named, answer=found.voted)
inference.refit(project)
for _time in range(2):
    wish = evaluations.EvaluationWish(version, heard)
    evaluation = evaluations.start(project, wish, by=mei.user)
    run_job(evaluation.job_id, evaluation_runs.run)
    evaluation.refresh_from_db()
near = [found.task.item_id]
failing = make_tracing(evaluation, vectors, project.items.all()[:3], neighbours=near, suspects=near)
training.model_version.predictions.update(is_trained_on=False)
exam = [row.item_id for row in version.entries.filter(split="test")]
wish = scenarios.ScenarioWish("thin sevens", version, Decimal(20), leaves_out=True)
scenario = scenarios.freeze(project, wish, exam, by=mei.user)
scenario_runs.run_scenario(scenario, heard, by=None)
gain = {"value": 0.05, "low": 0.01, "high": 0.09}
shared = {"own": 9, "all": 12, "names": ["birds"], "batches": 1}
Impact.objects.create(
    batch=batches["digits"], target=scenario, before=heard, wanted_gain=5,
    after=training.model_version,
    result=NOTHING_MEASURED | {"n": 100, "fixed": 6, "broken": 1, "gain": gain, "shared": shared},
    measured_at=now, created_by=mei.user,
)
stray = [make_item(project, external_id=f"stray {number}") for number in range(3)]
make_vector_set(project, {item: (1, place) for place, item in enumerate(stray)}, name="three")
seeds = QueriedItems(project, "Missed", Item.objects.filter(pk=stray[0].pk))
campaign = campaigns.start(
    project, name="Sevens", purpose="Sevens are missed.", seeds=seeds, quota=5, by=mei.user
)
run_job(campaign.job_id, campaigns.run_preparing)
campaign_pages.next_page(campaign, by=mei.user)
sevens = [{"field": "label", "operator": "is", "values": ["7"]}]
segment = segments.create_live(project, "sevens", sevens, by=mei.user)
case = failure_cases.open_case(
    project, "Sevens", segment, by=mei.user, owner=mei.user, hypothesis="Thin.", model_version=heard
)
failure_cases.change(
    case, by=mei.user, scenarios=[scenario], campaigns=[campaign], owner=mei.user
)
search = slice_search.start(evaluation, by=mei.user)
run_job(search.job_id, slice_search.run)
SliceFinding.objects.create(
    search=search, position=20, conditions=sevens, inside_wrong=3, inside_count=9,
    outside_wrong=4, outside_count=40, expected=0.2, expected_low=0.1, expected_high=0.4,
    twins=sevens, packed_items=b"",
)
print(json.dumps({
    "scenario": scenario.pk, "campaign": campaign.pk, "segment": segment.pk,
    "case": case.pk,
    "failing": str(failing.causes.first().item.public_id),
    "model": model.pk, "swaying": swaying.pk, "sure": sure.pk, "heard": heard.pk,
    "built_in": training.model_version_id, "backend": backend.pk,
    "hasty": hasty.pk, "withdrawal": withdrawal.pk,
    "deletion": str(deletion.public_id), "dataset": version.pk,
    "evaluation": evaluation.pk, "edit": edit.pk,
    "announcement": announcement.pk,
    "webhook": str(delivery.webhook.public_id), "delivery": str(delivery.public_id),
    "batch": {slug: batches[slug].pk for slug in feedback},
    "item": {slug: str(Item.objects.filter(project__slug=slug).first().public_id)
        for slug in feedback},
    "transfer": str(Transfer.objects.filter(project__slug="digits").first().job.public_id),
    "feedback": feedback, "team": mei.team_id, "member": mei.pk, "person": ana.pk,
    "vendor": Membership.objects.get(user__username="vera").team_id,
}))
"""

WITHDRAWN = """
from labelops.notices.models import Announcement
from labelops.notices.services import announcements
for announcement in Announcement.objects.filter(withdrawn_at=None):
    announcements.withdraw(announcement, by=announcement.created_by)
"""


@pytest.fixture(scope="module")
def places(stack):
    yield json.loads(stack.shell(PLACES).splitlines()[-1])
    # The home page of those who come after is their own again.
    stack.shell(WITHDRAWN)


@pytest.fixture(scope="module")
def examine():
    return examiner()


def examiner():
    """Names what is grave on a page; what was measured of a colour often enough is not again."""
    counts = {}

    def examined(page):
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE)
        given = {"counts": counts, "grave": GRAVE, "light": LIGHT, "dark": DARK}
        told = page.evaluate(RUN, given)
        counts.update(told["counts"])
        return [f"{page.url} {finding}" for finding in told["findings"]]

    return examined


@pytest.fixture
def findings():
    """Whatever a tour finds, so that one run names it all."""
    found = []
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def tour(open_page, enter, examine, findings):
    def toured(username, *addresses):
        # axe writes inline styles; and a colour halfway between two themes is nobody's colour.
        page = open_page(bypass_csp=True, reduced_motion="reduce")
        # Told once, it is there on each page: to send it every time took as long as to run it.
        page.add_init_script(AXE)
        if username:
            enter(page, username)
        for address in addresses:
            page.goto(address)
            findings.extend(examine(page))
        return page

    return toured


def test_pages_of_a_project(tour, places):
    digits = "/projects/digits/"
    tour(
        "mei",
        "/",
        "/projects/",
        "/projects/new/",
        "/audit/",
        "/audit/?project=digits&person=nobody",
        digits,
        *(digits + page for page in ("edit/", "schema/", "items/", "transfers/")),
        *(digits + page for page in ("rules/", "reports/", "reports/?show=all")),
        "/projects/paper-notes/rules/",
        "/projects/paper-notes/rules/new/overlap/",
        *(
            digits + page
            for page in ("batches/new/", "imports/new/", "imports/folder/", "exports/new/")
        ),
        *(digits + page for page in ("instructions/", "instructions/edit/", "instructions/1/")),
        *(f"/projects/{slug}/quality/" for slug in PROJECTS),
        digits + "quality/items/",
        *(digits + page for page in ("attention/", "label-issues/")),
        *(digits + page for page in ("control-charts/", "checked-answers/", "teams/")),
        *(digits + page for page in ("training/", "training/pool/add/?source=all")),
        *("/training/", "/training/digits/"),
        *(f"/items/{places['item'][slug]}/" for slug in PROJECTS),
        *("/board/", "/board/today/", "/search/?q=digits"),
        *(
            f"/batches/{places['batch']['digits']}/{page}"
            for page in ("", "edit/", "people/", "classes/", "history/", "report/", "suggestions/")
        ),
        *(f"/batches/{places['sure']}/{page}" for page in ("models/", "routes/")),
        f"/transfers/{places['transfer']}/",
        *(digits + f"levels/{places['hasty']}/{page}" for page in ("", "withdraw/")),
        digits + f"levels/{places['hasty']}/withdraw/answers/?fate=decided",
        *(f"/withdrawals/{places['withdrawal']}/{page}" for page in ("", "labels/")),
        *(digits + f"models/{page}" for page in ("", "training/")),
        *(
            digits + f"models/{places['built_in']}/{page}"
            for page in ("report-card/", "learned-from/?label=0")
        ),
        *(digits + f"people/{places['hasty']}/{page}" for page in ("move/", "slots/", "cap/")),
        *(f"/batches/{places['batch']['digits']}/{page}" for page in ("teams/", "slots/")),
        *(digits + page for page in ("datasets/", "datasets/new/")),
        *(digits + page for page in ("edits/", f"edits/{places['edit']}/")),
        *(
            digits + page
            for page in ("examine/?set=tag&tag=odd", "edits/new/?act=tag&set=tag&tag=odd")
        ),
        *(f"/datasets/{places['dataset']}/{page}" for page in ("", "diff/", "export/")),
        *(
            f"{digits}evaluations/{page}"
            for page in ("", "new/", f"{places['evaluation']}/", f"{places['evaluation']}/compare/")
        ),
        *(
            f"{digits}evaluations/{places['evaluation']}/causes/{page}"
            for page in ("", f"{places['failing']}/")
        ),
        f"{digits}evaluations/{places['evaluation']}/slices/",
        *(f"{digits}segments/{page}" for page in ("", "new/", f"{places['segment']}/")),
        f"{digits}segments/new/?set=segment&segment={places['segment']}",
        *(
            f"{digits}cases/{page}"
            for page in (
                *("", "new/", f"new/?set=segment&segment={places['segment']}"),
                *(f"{places['case']}/", f"{places['case']}/edit/"),
            )
        ),
        *(digits + page for page in ("map/", "map/?by=label", "vectors/new/")),
        "/projects/names/map/",
        *(
            f"{digits}scenarios/{page}"
            for page in (
                "",
                "new/",
                "new/?set=tag&tag=odd",
                "new/preview/",
                f"{places['scenario']}/",
            )
        ),
        f"{digits}models/{places['heard']}/scenarios/",
        *(f"/batches/{places['batch']['digits']}/impact/{page}" for page in ("", "plan/")),
        *(
            f"{digits}campaigns/{page}"
            for page in (
                *("", f"{places['campaign']}/", f"{places['campaign']}/batch/"),
                f"new/?set=campaign&campaign={places['campaign']}&decision=seeds",
            )
        ),
        *(digits + page for page in ("webhooks/", "webhooks/new/")),
        *(f"{digits}models/{places['model']}/{page}" for page in ("ladder/", "checks/")),
        f"{digits}models/{places['model']}/lower/?label=1",
        *(
            f"{digits}models/{places['swaying']}/{page}"
            for page in ("", "following/", "answers/", "confusion/", "checks/")
        ),
        *(digits + page for page in ("backends/", "backends/new/")),
        *(f"/backends/{places['backend']}/{page}" for page in ("", "edit/")),
        *(f"{digits}models/{places['heard']}/{page}" for page in ("", "voice/")),
        *(digits + page for page in ("pay/", "pay/?as=print", "pay/rates/")),
        *(f"/webhooks/{places['webhook']}/{page}" for page in ("", "edit/")),
        f"/deliveries/{places['delivery']}/",
        *(
            f"{digits}levels/{places['person']}/{page}"
            for page in ("", "record/", "times/", "reviews/", "coaching/")
        ),
    )


def test_pages_of_what_is_put_away(tour, places, examine, findings):
    page = tour(
        "mei",
        *("/archive/", "/bin/", "/projects/archived/", "/projects/archived/items/"),
        *("/projects/away/bin/", "/projects/away/delete/", f"/deletions/{places['deletion']}/"),
        "/projects/away/items/",
    )
    page.get_by_role("checkbox", name="Tick all on this page").check()
    page.get_by_role("button", name="Delete the ticked ones…").click()
    expect(page.get_by_role("heading", name="Delete items")).to_be_visible()
    findings.extend(examine(page))


RULES = """
from labelops.accounts.models import User
from tasks.models import Batch, Item
from tasks.services import handout, instruction_blocks as blocks, instructions, questions, rulings
batch = Batch.objects.get(pk={batch})
project = batch.project
elena, ana = User.objects.get(username="elena"), User.objects.get(username="ana")
good, bad = ({{"control": "mood", "value": value}} for value in ("good", "bad"))
[held] = handout.next_assignments(ana, batch=batch.pk).assignments
question = questions.ask(held, text="Is irony good?", classes=[good, bad], by=ana)
page = blocks.add_block(project, "class", by=elena, target=good)
item = Item.objects.filter(project=project).last()
blocks.add_example(project, page["id"], item, verdict="dont", note="So.", by=elena)
tree = blocks.add_block(project, "tree", by=elena, target=good)
ends = {{"yes": {{"value": "good"}}, "no": {{"value": "bad"}}}}
node = {{"id": "1", "question": "Is it kind?", **ends}}
blocks.save_block(project, {{**tree, "nodes": [node]}}, seen=blocks.state_of(tree), by=elena)
ruling = rulings.create_ruling(
    project, verdict="Irony is good.", from_class=bad, to_class=good, items=[item], by=elena
)
rulings.publish_ruling(ruling, by=elena)
print(question.public_id, page["id"], tree["id"])
"""


def test_pages_of_rules(stack, tour):
    work = make_work(
        stack, MOOD, file=as_jsonl(("a", "Fine."), ("b", "Oh well.")), file_name="moods.jsonl"
    )
    told = stack.shell(RULES.format(batch=work.batch)).splitlines()[-1]
    question, page, tree = told.split()
    project = f"/projects/{work.slug}/"
    parts = [f"instructions/parts/{page}/", f"instructions/parts/{tree}/"]
    parts += [f"instructions/parts/{page}/{name}/" for name in ("examples", "translations/de")]
    versions = ["approval/", "2/", "2/changes/", "2/print/", "1/labels/", "import/", "copy/"]
    tour(
        "elena",
        *(project + part for part in parts),
        *(f"{project}instructions/{part}" for part in versions),
        *(project + part for part in ("questions/", "rulings/", "rulings/1/", "rulings/new/")),
        f"/questions/{question}/",
        f"/label/changes/{work.slug}/",
    )


def test_pages_of_people(tour, places):
    team = f"/people/teams/{places['team']}/"
    tour(
        "mei",
        "/people/",
        "/people/matrix/",
        "/people/models/",
        team,
        f"{team}members/{places['member']}/",
        f"{team}pay/",
        "/profile/",
        "/profile/notices/",
        "/profile/password/",
        *("/notices/", "/notices/?show=all", "/announcements/", "/announcements/new/"),
        *(f"/announcements/{places['announcement']}/{show}" for show in ("", "?show=unread")),
        "/profile/tokens/",
        "/profile/tokens/new/",
    )
    tour("vera", "/", "/people/", f"/people/teams/{places['vendor']}/work/")
    tour(
        "op",
        "/",
        "/audit/",
        "/audit/?verb=team.created&since=2026-01-01",
        "/people/",
        "/people/teams/new/",
        f"{team}edit/",
    )


def test_pages_of_an_annotator(tour, places, examine, findings):
    addresses = [f"/inbox/{entry}/" for entry in places["feedback"].values()]
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    page = tour(
        "ana",
        *("/", "/notices/", "/profile/notices/", "/earnings/", "/inbox/", "/inbox/?show=all"),
        *("/my-week/", "/my-week/impact/", f"/my-work/{places['batch']['digits']}/impact/"),
        *("/my-week/standing/", "/my-week/earnings/", "/my-week/mistake/"),
        *(f"/inbox/?week={monday}", f"/label/mine/day/?day={today}"),
        *addresses,
    )
    for batch in places["batch"].values():
        steps.open_label_page(page, batch)
        findings.extend(examine(page))
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keys")).to_be_visible()
        findings.extend(examine(page))
        page.keyboard.press("Escape")
        page.keyboard.press("i")
        expect(page.get_by_role("region", name="Instructions")).to_be_visible()
        findings.extend(examine(page))
    page.goto("/label/mine/")
    findings.extend(examine(page))


def test_pages_of_a_reviewer(tour, examine, findings):
    page = tour("elena", "/", "/expert/", "/review/")
    page.get_by_role("button", name="Start Handwritten digits").click()
    page.locator("answer-view .stage-canvas").wait_for()
    page.keyboard.press("e")
    findings.extend(examine(page))
    page.get_by_role("button", name="Give it back").click()
    page.goto("/review/glance/digits/")
    findings.extend(examine(page))
    page.get_by_role("button", name="Look through 5").click()
    page.locator(".sheet .tile:focus").wait_for()
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_be_visible()
    findings.extend(examine(page))
    page.keyboard.press("1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    findings.extend(examine(page))
    page.keyboard.press("Escape")
    findings.extend(examine(page))
    page.goto("/review/glance/paper-notes/")
    findings.extend(examine(page))
    page.get_by_role("button", name="Look through").click()
    page.locator(".sheet .tile:focus").wait_for()
    page.keyboard.press("r")
    page.keyboard.press("3")
    page.keyboard.press("v")
    expect(page.locator(".grid-preview")).to_be_visible()
    findings.extend(examine(page))
    page.goto("/review/")


def test_pages_of_nobody(tour, examine, findings, watch):
    for status in (400, 404, 410, 422):
        watch.allow(f"the server responded with a status of {status}")
    page = tour("", "/login/", "/invite/not-a-secret/", "/nowhere/")
    page.goto("/login/")
    page.get_by_role("button", name="Log in", exact=True).first.click()
    findings.extend(examine(page))
    page = tour(
        "mei", "/projects/none-of-this-name/", "/projects/digits/examine/?set=segment&segment=99999"
    )
    expect(page.get_by_role("alert")).to_be_visible()


SHOWN = '<html lang="en"><title>Page</title><main><h1>Page</h1>{}</main></html>'


def test_of_rows_alike_three_are_examined_and_each_that_differs(chromium):
    alike = "".join(f'<li><a href="/{number}/">{number}</a></li>' for number in range(20))
    pale = '<li style="color: #777; background: #888">Pale</li>'
    hidden, nameless = '<li aria-hidden="true"><a href="/">A</a></li>', '<li><a href="/"></a></li>'
    page, examine = chromium.new_page(), examiner()
    page.set_content(SHOWN.format(f"<ul>{alike}</ul>"))
    assert examine(page) == []
    assert page.locator("[data-alike]").count() == 17
    page.set_content(SHOWN.format(f"<ul>{alike}{pale}{nameless}{hidden}{alike}</ul>"))
    found = {finding.split(": ")[1] for finding in examine(page)}
    assert found == {"color-contrast", "link-name", "aria-hidden-focus"}
    page.close()


def test_a_colour_is_measured_three_times_and_what_lies_over_others_each_time(chromium):
    page, examine = chromium.new_page(), examiner()

    def measured(*parts):
        page.set_content(SHOWN.format("".join(parts)))
        return [finding for finding in examine(page) if "light: color-contrast" in finding]

    words = '<p style="color: #666">Some <b>words</b></p>'
    on_grey = f'<div style="background: #888">{words}</div>'
    assert measured(*[words] * 5) == []
    # The dark theme of the first page is the second time.
    assert [len(measured(on_grey)) for _time in range(4)] == [2, 2, 0, 0]
    style = "position: absolute; top: 0; color: #666; background: #888"
    over = f'<div style="position: relative"><p>Under it</p><p style="{style}">Over</p></div>'
    assert [len(measured(over)) for _time in range(5)] == [1] * 5
    page.close()


def test_the_theme_is_kept_from_page_to_page(as_person):
    page = as_person("mei", color_scheme="light")
    switch = page.get_by_role("button", name="Switch between light and dark")
    html = page.locator("html")
    switch.click()
    switch.click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.goto("/projects/")
    expect(html).to_have_attribute("data-bs-theme", "dark")
