"""From a question to labels under a new rule: the whole chain, by everybody who is part of it."""

import json
from collections import Counter

import pytest
from playwright.sync_api import expect

from labelops.accounts.demo_accounts import PASSWORD
from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

STALE, OTHERS, RELABELED = 37, 80, 18
QUESTION = "Is irony a bad mood?"
VERDICT = "Irony is a good mood."
# A second expert, pages with examples, and accepted labels: 37 of them say "bad".
SEED = """
from django.db import transaction
from labelops.accounts.models import Membership, Team, User
from tasks.models import Batch, Item, Task
from tasks.services import instruction_blocks as blocks, instructions, publishing, results
batch = Batch.objects.get(pk={batch})
project = batch.project
elena = User.objects.get(username="elena")
xiu, _created = User.objects.get_or_create(username="xiu", defaults={{"name": "Xiu Wen"}})
xiu.set_password("{password}")
xiu.save()
Membership.objects.get_or_create(
    user=xiu, team=Team.objects.get(name="Data team"), defaults={{"role": "expert"}}
)
shown = list(Item.objects.filter(project=project, external_id__startswith="shown").order_by("pk"))
places = iter(shown)
for value, verdicts in (("good", ["do", "dont"]), ("bad", ["do", "dont", "dont"])):
    block = blocks.add_block(project, "class", by=xiu, target={{"control": "mood", "value": value}})
    state = blocks.state_of(block)
    blocks.save_block(project, {{**block, "body": value, "examples": []}}, seen=state, by=xiu)
    for verdict in verdicts:
        blocks.add_example(project, block["id"], next(places), verdict=verdict, by=xiu, note="So.")
draft = instructions.draft_version(project)
changes = {{change.id: "editorial" for change in instructions.changes_of(
    draft, instructions.current_version(project))}}
draft = publishing.request_approval(draft, changes=changes, by=xiu)
version = publishing.publish(draft, by=elena)
asked = Task.objects.filter(batch=batch, item__external_id="asked").get()
rest = Task.objects.filter(batch=batch, state="pending").exclude(pk=asked.pk).order_by("pk")
for place, task in enumerate(rest):
    with transaction.atomic():
        task = results.lock_task(task.pk)
        results.settle(task, answer={{"mood": "bad" if place % 3 == 0 and place < {stale} * 3 else
            "good"}}, source="vote", confidence=0.9, version=version, by=None)
print(version.number)
"""
LEAVE = """
from labelops.accounts.models import Membership
Membership.objects.filter(user__username="xiu").delete()
"""
FOUND = """
import json
from tasks.models import Task
tasks = Task.objects.filter(batch={batch})
by_index = set(tasks.filter(stale_version__number=3).values_list("pk", flat=True))
by_force = {{task.pk for task in tasks.exclude(result_answer=None)
             if task.result_answer["mood"] == "bad"}}
print(json.dumps([len(by_index), by_index == by_force]))
"""
SETTLED = """
from tasks.models import Task
print(Task.objects.filter(batch={batch}, state="accepted", result_version__number=3).count())
"""


@pytest.fixture
def work(stack):
    texts = [(f"shown-{number}", f"An example, {number}.") for number in range(5)]
    texts += [("asked", "Oh, what a lovely Monday.")]
    texts += [(f"text-{number:03}", f"Sentence {number}.") for number in range(STALE + OTHERS)]
    work = make_work(stack, MOOD, file=as_jsonl(*texts), file_name="moods.jsonl", name="Moods")
    stack.shell(SEED.format(batch=work.batch, password=PASSWORD, stale=STALE))
    yield work
    # Other tests have one expert, who publishes alone.
    stack.shell(LEAVE)


def test_a_question_becomes_a_rule_and_old_labels_follow_it(stack, as_person, watch, work):
    watch.allow("422")
    ana, elena, mei = as_person("ana"), as_person("elena"), as_person("mei")
    xiu = as_person("xiu")
    ask(ana, work)
    rule(elena, work)
    merge(xiu, work)
    publish(elena, work)
    count, is_exact = json.loads(stack.shell(FOUND.format(batch=work.batch)).splitlines()[-1])
    assert (count, is_exact) == (STALE, True)
    acknowledge(ana, wrong_first=True)
    label(ana, work, RELABELED // 2 + 1, answered=True)
    bo = as_person("bo")
    acknowledge(bo)
    label(bo, work, RELABELED // 2)
    stack.wait_for(
        lambda: stack.shell(SETTLED.format(batch=work.batch)).split()[-1] == str(RELABELED + 1),
        "the new labels",
        60,
    )
    assert_export_names_versions(mei, work)


def ask(page, work):
    steps.open_label_page(page, work.batch)
    page.keyboard.press("q")
    page.get_by_role("textbox", name="Ask a question").fill(QUESTION)
    page.keyboard.press("Control+Enter")
    steps.wait_for_end(page)


def rule(page, work):
    page.goto(f"/projects/{work.slug}/questions/")
    page.get_by_role("link", name=QUESTION).click()
    expect(page.get_by_text("Oh, what a lovely Monday.")).to_be_visible()
    page.get_by_role("link", name="Answer with a ruling").click()
    page.get_by_label("Verdict").fill(VERDICT)
    page.get_by_label("Labels that say").select_option(label="Bad")
    page.get_by_label("are to say instead").select_option(label="Good")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You wrote it: another expert publishes it")).to_be_visible()


def merge(page, work):
    page.goto(f"/projects/{work.slug}/rulings/")
    page.get_by_role("link", name=VERDICT).click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="Accepted labels that")).to_be_visible()
    page.get_by_role("button", name="Write it into the instructions").click()
    good, bad = page.locator("section").filter(has=page.get_by_role("table")).all()
    expect(good).to_contain_text(VERDICT)
    good.get_by_label("clarifying").check()
    bad.get_by_label("breaking").check()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("another expert reads and publishes it")).to_be_visible()


def publish(page, work):
    page.goto(f"/projects/{work.slug}/instructions/")
    page.get_by_role("link", name="Read and approve").click()
    touched = page.locator("dl.facts > div").filter(has_text="Accepted labels it touches")
    expect(touched).to_contain_text(str(STALE))
    page.get_by_label("have all of them labeled anew").check()
    page.get_by_role("button", name="Publish version 3").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    progress = page.locator("#stale-progress [role=status]")
    expect(progress).to_contain_text("done", timeout=30_000)
    expect(progress).to_contain_text(f"{STALE} of {STALE} labels")


def acknowledge(page, *, wrong_first=False):
    page.goto("/")
    page.get_by_role("link", name="Read what is new").click()
    page.get_by_role("button", name="Check my answers").wait_for()
    forms = page.locator("form section").all()
    assert len(forms) == 3
    right = {True: "Yes", False: "No"}
    is_do = ["example, 2" in form.inner_text() for form in forms]
    assert Counter(is_do) == {True: 1, False: 2}
    for form, answer in zip(forms, is_do, strict=True):
        form.get_by_label(right[not answer if wrong_first else answer]).check()
    page.get_by_role("button", name="Check my answers").click()
    if wrong_first:
        expect(page.get_by_role("alert")).to_contain_text("3 answers are not right yet")
        acknowledge(page)
        return
    # A page that is left while it asks for work would keep from the next one what it is given.
    steps.wait_for_task(page)


def label(page, work, count, *, answered=False):
    steps.open_label_page(page, work.batch)
    if answered:
        expect(page.get_by_text(VERDICT).first).to_be_visible()
    for done in range(1, count + 1):
        steps.wait_for_task(page)
        page.keyboard.press("1")
        steps.expect_done(page, done)


def assert_export_names_versions(page, work):
    page.goto(f"/projects/{work.slug}/exports/new/")
    page.get_by_label("JSONL").check()
    page.get_by_role("button", name="Export").click()
    file = steps.download(page, "Download")
    rows = [json.loads(line) for line in file.decode().splitlines()]
    labels = Counter((row["instruction_version"], row["stale_since_version"]) for row in rows)
    assert labels == {
        (3, None): RELABELED + 1,
        (2, 3): STALE - RELABELED,
        (2, None): OTHERS,
    }
    assert json.loads(steps.download(page, "Manifest"))["instruction_versions"] == [2, 3]
