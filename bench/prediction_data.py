"""A project of very many texts for predictions.py; run inside Django."""

from bench import rows
from bench.prediction_client import CLASSES
from labelops.accounts.models import ApiToken, Role
from labelops.accounts.services.tokens import create_token
from tasks.models import Item, Prediction


def project(count: int) -> str:
    """The secret of a token of the project's manager."""
    team, [manager] = rows.make_people("predictions", [Role.MANAGER])
    made = rows.make_project("predictions", team, manager, CLASSES)
    values = {
        "project_id": made.pk,
        "external_id": "'item-' || (n - 1)",
        "data": rows.as_json('{"text": "A small bird."}'),
        "public_id": rows.random_uuid(),
    }
    rows.insert(Item, values, f"FROM {rows.numbers(count)}")
    rows.execute("VACUUM ANALYZE")
    return create_token(manager, name="bench", scope=ApiToken.Scope.WRITE, days=1)[1]


def stored() -> int:
    return Prediction.objects.count()
