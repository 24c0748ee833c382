import django.db.models.deletion
import random
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="golditem", name="gold_pool"),
        migrations.AddField(
            model_name="golditem",
            name="known_to",
            field=models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="golditem",
            name="shuffle",
            field=models.FloatField(default=random.random),
        ),
        migrations.AddIndex(
            model_name="golditem",
            index=models.Index(
                condition=models.Q(("state", "active")),
                fields=["project", "served_count", "shuffle"],
                name="gold_pool",
            ),
        ),
        migrations.AddIndex(
            model_name="golditem",
            index=models.Index(
                fields=["project", "state", "label_class"], name="gold_by_class"
            ),
        ),
        migrations.AlterField(
            model_name="reserveditem",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("example", "example in the instructions"),
                    ("lesson", "lesson"),
                    ("exam", "exam"),
                    ("gold", "gold"),
                ],
                max_length=10,
            ),
        ),
        # Nothing was served before this version: the servings begin anew, by task.
        migrations.DeleteModel(name="GoldServing"),
        migrations.CreateModel(
            name="GoldServing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_teaching", models.BooleanField(default=False)),
                ("earlier_count", models.PositiveIntegerField(default=0)),
                ("served_at", models.DateTimeField()),
                (
                    "gold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="servings",
                        to="tasks.golditem",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_servings",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_teaching", False)),
                        fields=["served_at"],
                        name="gold_served_hidden",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("gold", "person"), name="gold_served_once")
                ],
            },
        ),
    ]
