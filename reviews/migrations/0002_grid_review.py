import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

CHUNK = 1_000


def fill(apps, schema_editor):
    """The project of each row and, where that is all it asks, the class that the answer names."""
    Batch = apps.get_model("tasks", "Batch")
    Consensus = apps.get_model("reviews", "Consensus")
    InstructionVersion = apps.get_model("tasks", "InstructionVersion")
    owner = Batch.objects.filter(pk=OuterRef("batch")).values("project")
    Consensus.objects.update(project=Subquery(owner))
    for version in InstructionVersion.objects.filter(state="published"):
        controls = version.label_schema["controls"]
        only = controls[0] if len(controls) == 1 else {}
        is_single = only.get("type") == "choice" and not only.get("multiple")
        if not (is_single and only.get("required")):
            continue
        rows = []
        for row in Consensus.objects.filter(project=version.project_id).iterator(chunk_size=CHUNK):
            row.label = row.answer.get(only["name"]) or ""
            rows.append(row)
        Consensus.objects.bulk_update(rows, ["label"], batch_size=CHUNK)


class Migration(migrations.Migration):
    # A constraint that waits for the end of a transaction forbids to change its table in it.
    atomic = False

    dependencies = [
        ("reviews", "0001_initial"),
        ("tasks", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "consensus",
            "project",
            models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tasks.project",
            ),
        ),
        migrations.AddField(
            "consensus",
            "label",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "consensus",
            "project",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tasks.project",
            ),
        ),
    ]
