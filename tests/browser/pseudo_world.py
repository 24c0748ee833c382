"""People and work whose every word begins with ◆, so that a walk can tell data from sentences."""

import json

PASSWORD = "correct horse battery"
MAKE = """
import json
from datasets.services import failure_cases, segments
from labelops.accounts.models import Role, Team, User
from labelops.media import storage
from reviews.models import ExamItem, LessonItem
from reviews.services import consensus, exams, lessons
from tasks.services import item_reports
from tasks.services.handout import next_assignments
from tasks.services.media import store_image
from tests import factories as make

def schema(*controls, rules=()):
    return {"controls": list(controls), "rules": list(rules)}

def option(value, key):
    return {"value": value, "title": "◆" + value, "key": key, "color": "#1971c2"}

colour = {"name": "colour", "type": "text", "title": "◆Colour"}
boxes = {"name": "objects", "type": "shapes", "title": "◆Objects", "required": False,
         "tools": ["box"], "labels": [{**option("car", "1"), "attributes": [colour]}]}
spans = {"name": "names", "type": "spans", "title": "◆Names", "required": False,
         "labels": [option("person", "1"), option("place", "2")]}
note = {"name": "note", "type": "text", "title": "◆Note", "required": False, "max_length": 90}
mood = {"name": "mood", "type": "rating", "title": "◆Mood", "required": True, "min": 1, "max": 5,
        "ordinal": True}
tags = {"name": "tags", "type": "choice", "title": "◆Tags", "required": False, "multiple": True,
        "options": [option("red", "q"), option("blue", "w")]}
bird = {"name": "bird", "type": "choice", "title": "◆Bird", "required": True, "multiple": False,
        "options": [option("robin", "1"), option("wren", "2")]}
rules = [{"id": "r1", "type": "count", "control": "objects", "severity": "warn", "max": 3}]

team = make.make_team(name="◆House")
people = {
    name: make.make_member(team, role, username="◆" + name, language="xx")
    for name, role in (("mei", Role.MANAGER), ("elena", Role.EXPERT), ("ana", Role.ANNOTATOR),
                       ("bo", Role.ANNOTATOR))
}
mei, elena, ana, bo = people.values()

def project(slug, item_type, label_schema):
    made = make.make_project(team, slug=slug, name="◆" + slug, purpose="◆purpose",
                             item_type=item_type, created_by=mei)
    make.make_instruction(made, body="◆Look", label_schema=label_schema)
    return made, make.make_batch(made, team, name="◆batch-" + slug, purpose="◆why", overlap=1)

def text(made, number):
    return make.make_item(made, external_id=f"◆text-{number}", data={"text": "◆Ana ◆sings."})

pictures, picture_batch = project("pictures", "image", schema(boxes, note, rules=rules))
for number in range(3):
    key = storage.make_key("items")
    store_image(key, make.make_image_bytes((640, 480)))
    image = make.make_item(pictures, external_id=f"◆image-{number}", media_key=key, width=640,
                           height=480, data={})
    make.make_task(picture_batch, image)
texts, text_batch = project("texts", "text", schema(spans, note, mood, tags))
for number in range(3):
    make.make_task(text_batch, text(texts, number))
[held] = next_assignments(bo, batch=text_batch.pk).assignments
item_reports.report_item(held, reason="truncated", comment="◆half", by=bo)
birds, bird_batch = project("birds", "text", schema(bird))
bird_batch.overlap, bird_batch.review_percent = 2, 100
bird_batch.save()
for number in range(2):
    task = make.make_task(bird_batch, text(birds, number))
    for author, value in ((ana, "robin"), (bo, "wren")):
        make.make_annotation(task, author, {"bird": value})
    consensus.assess(task.pk)
segment = segments.create_static(
    birds, "◆dusk", birds.items.values_list("pk", flat=True), by=mei
)
case = failure_cases.open_case(birds, "◆owls", segment, by=mei, owner=elena)
learning, learning_batch = project("learning", "text", schema(bird))
def decided(number):
    task = make.make_task(learning_batch, text(learning, number))
    make.settle(task, {"bird": "robin"})
    return task
lesson = lessons.add_lesson(learning, title="◆Robins", by=elena)
for number, role in enumerate(("worked", "practice")):
    lessons.add_item(lesson, decided(number), role=role, by=elena)
LessonItem.objects.update(explanation="◆Red.")
lessons.publish_lesson(lesson, by=elena)
exams.add_to_pool(learning, [decided(number) for number in range(2, 8)], by=elena)
decided(8)
exams.save_plan(learning, by=elena, is_open=True, size=3, pass_percent=80, class_percent=60,
                retries=1, level=1)
failed = exams.start(learning, by=ana)
for place in (1, 2, 3):
    exams.answer_place(failed, place, {"bird": "wren"}, by=ana)
exams.finish(failed, by=ana)
sitting = exams.start(learning, by=ana)
places = {"case": case.pk, "lesson": lesson.pk, "exam_item": ExamItem.objects.first().pk,
          "failed": str(failed.public_id), "sitting": str(sitting.public_id),
          "picture_batch": picture_batch.pk, "text_batch": text_batch.pk,
          "bird_batch": bird_batch.pk, "item": str(image.public_id),
          "bird_item": str(task.item.public_id)}
print(json.dumps(places))
"""


def make_world(stack):
    """The ids of places to walk to."""
    return json.loads(stack.shell(MAKE).strip().splitlines()[-1])
