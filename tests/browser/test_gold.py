"""Gold that teaches: the next item is there at once, and what was right about the last one too."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once

MAKE = """
from django.utils import timezone
from labelops.accounts.models import User
from reviews.models import GoldAnswer
from tasks.models import Assignment, Batch, GoldServing, Item, Task
from tasks.services import gold
batch = Batch.objects.get(pk={batch})
ana, elena = (User.objects.get(username=name) for name in ("ana", "elena"))
version = batch.project.instruction_versions.get(state="published")
item = Item.objects.create(
    project=batch.project, external_id="known", data={{"text": "What a lovely day!"}}
)
made = gold.add(item, label_class="good", by=elena, state="active")
GoldAnswer.objects.create(
    gold=made, number=1, version=version, answer={{"mood": "good"}},
    reason="Lovely is praise.", author=elena, approver=elena, approved_at=timezone.now(),
)
task = Task.objects.create(batch=batch, item=item, state="gold")
now = timezone.now()
Assignment.objects.create(
    task=task, batch=batch, slot=1, precedence=0, state="leased", annotator=ana, leased_at=now,
    leased_until=now + batch.lease_time, instruction_version=version,
)
GoldServing.objects.create(gold=made, person=ana, task=task, is_teaching=True, served_at=now)
"""
LAST = """
import json
from tasks.models import Annotation
print(json.dumps(list(Annotation.objects.filter(task__batch={batch}).values_list(
    "task__state", "answer__mood"))))
"""


def test_an_explanation_comes_beside_the_next_item_and_one_key_closes_it(as_person, stack):
    rows = as_jsonl(("a", "Rain again."), ("b", "Well."))
    work = make_work(stack, MOOD, file=rows, file_name="texts.jsonl")
    stack.shell(MAKE.format(batch=work.batch))
    ana = as_person("ana")
    steps.open_label_page(ana, work.batch)
    expect(ana.locator(".session-stage")).to_contain_text("lovely")
    ana.keyboard.press("2")
    expect(ana.locator(".session-stage")).to_contain_text("Rain")
    panel = ana.get_by_role("region", name="That was not right.")
    expect(panel).to_contain_text("Right: Good")
    expect(panel).to_contain_text("Lovely is praise.")
    ana.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    ana.keyboard.press("2")
    steps.expect_done(ana, 2)
    printed = stack.shell(LAST.format(batch=work.batch)).strip().splitlines()[-1]
    assert ["gold", "bad"] in json.loads(printed)
