"""Work that is ready before a test begins: a project with a running batch for the vendor's team."""

import base64
import json
import uuid
from dataclasses import dataclass

# One key answers it, and goes on.
MOOD = {
    "name": "mood",
    "type": "choice",
    "title": "Which mood?",
    "required": True,
    "multiple": False,
    "options": [
        {"value": "good", "title": "Good", "key": "1", "color": "#2f9e44"},
        {"value": "bad", "title": "Bad", "key": "2", "color": "#c2255c"},
    ],
}
MAKE = """
import base64, json
from labelops.accounts.models import Team, User
from tasks.services import batch_items, batches, projects, publishing
from tasks.services.imports import run_import, start_import
from labelops.jobs.services import run_job
plan = json.loads(base64.b64decode("{plan}"))
mei, elena = User.objects.get(username="mei"), User.objects.get(username="elena")
teams = Team.objects.filter(name__in=("Data team", "Lagoa Labeling"))
project = projects.create_project(
    name=plan["name"], slug=plan["slug"], item_type=plan["item_type"], purpose=plan["name"],
    label_schema={{"controls": plan["controls"]}}, body=plan["body"], teams=teams, by=mei,
)
publishing.publish(project.instruction_versions.get(number=1), by=elena)
transfer = start_import(
    project, file=open(plan["file"], "rb"), file_name=plan["file_name"], by=mei,
    batch="", overlap=1,
)
run_job(transfer.job_id, run_import)
batch = batches.create_batch(
    project, by=mei, name="First", purpose=plan["name"], overlap=plan["overlap"], review_percent=0,
    teams=Team.objects.filter(name="Lagoa Labeling"),
)
batch_items.add_items(batch, by=mei)
batches.start_batch(batch, by=mei)
print(batch.pk)
"""
ANSWERS = """
import json
from tasks.models import Annotation
rows = Annotation.objects.filter(task__batch={batch}).order_by("pk")
print(json.dumps(list(rows.values_list("answer", flat=True))))
"""


@dataclass
class Work:
    stack: object
    slug: str
    batch: int

    def answers(self):
        """Every stored answer, oldest first."""
        return json.loads(_last_line(self.stack.shell(ANSWERS.format(batch=self.batch))))


def make_work(stack, control, *, file, file_name, name="Work", body="Look closely.", overlap=1):
    slug = f"work-{uuid.uuid4().hex[:8]}"
    # A command line takes no more than 128 kB.
    kept = stack.data_dir / slug
    kept.write_bytes(file)
    plan = {
        "name": name,
        "slug": slug,
        "item_type": "image" if file_name.endswith(".zip") else "text",
        "controls": control if isinstance(control, list) else [control],
        "body": body,
        "file": str(kept),
        "file_name": file_name,
        "overlap": overlap,
    }
    packed = base64.b64encode(json.dumps(plan).encode()).decode()
    return Work(stack, slug, int(_last_line(stack.shell(MAKE.format(plan=packed)))))


def as_jsonl(*texts):
    """Texts as the file that an import takes: (external id, text) each."""
    rows = [json.dumps({"external_id": key, "text": text}) for key, text in texts]
    return "\n".join(rows).encode()


def _last_line(printed):
    return printed.strip().splitlines()[-1]
