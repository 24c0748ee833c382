"""What a scenario test of 10,000 items takes: called by bench.scenarios inside Django."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bench import rows
from datasets.models import DatasetVersion
from datasets.services import freezing, release_gate, scenario_runs, scenarios
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from tasks.models import Prediction
from tasks.services.predictions import get_model_version

ITEMS, CLASSES = 10_000, ("robin", "wren", "owl")


def speed() -> dict[str, float]:
    """Seconds to freeze 10,000 items, to run them on a model, and to ask the gate."""
    team, [boss] = rows.make_people("bench", [Role.MANAGER])
    project = rows.make_project("bench", team, boss, CLASSES)
    batch = rows.make_batch(project, "bench")
    answer = '\'{"bird": "robin"}\''
    rows.insert_tasks(
        batch,
        ITEMS,
        state="'accepted'",
        result_answer=answer,
        result_source="'adjudication'",
        settled_at="now()",
    )
    wish = freezing.Wish(shares={"train": 0, "val": 0, "test": 100})
    begun = freezing.start_freezing(project, wish, by=boss)
    run_job(begun.job_id, freezing.run_freezing)
    version = DatasetVersion.objects.get()
    ids = list(version.entries.values_list("item", flat=True))
    asked = scenarios.ScenarioWish("all", version, Decimal(90))
    froze, scenario = _timed(lambda: scenarios.freeze(project, asked, ids, by=boss))
    model = get_model_version(project, name="bench", version="1", by=boss)
    now = version.frozen_at
    Prediction.objects.bulk_create(
        [
            Prediction(
                model_version=model,
                item_id=item,
                answer={"bird": "wren" if item % 20 == 0 else "robin"},
                score=0.9,
                created_at=now,
            )
            for item in ids
        ],
        batch_size=1_000,
    )
    ran, run = _timed(lambda: scenario_runs.run_scenario(scenario, model, by=boss))
    asked_gate, gate = _timed(lambda: release_gate.release_gate(model))
    return {
        "items": scenario.item_count,
        "verdict": gate.verdict,
        "right": run.right,
        "freeze_seconds": froze,
        "run_seconds": ran,
        "gate_seconds": asked_gate,
    }


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return round(time.perf_counter() - began, 3), result
