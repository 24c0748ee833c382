"""One model that sends its predictions; started by predictions.py with a plan as JSON.

Prints what the server stored and how long each list took. A list is made while no clock runs.
"""

import http.client
import json
import sys
import time
from collections import Counter
from typing import Any

CLASSES = ("robin", "wren", "crow", "owl", "tit", "finch", "heron", "swift", "stork", "gull")


def body(plan: dict[str, Any], first: int) -> bytes:
    count = min(plan["at_once"], plan["first"] + plan["count"] - first)
    rows = [row(plan, first + place) for place in range(count)]
    sent = {"project": "predictions", "model": "bench", "model_version": plan["version"]}
    return json.dumps({**sent, "predictions": rows}).encode()


def row(plan: dict[str, Any], number: int) -> dict[str, Any]:
    """The same for an item whoever sends it, and whenever; it looks as if it were random."""
    mixed = (number + plan["seed"]) * 7_919 % 9_973
    said = {
        "item": f"item-{number}",
        "answer": {"bird": CLASSES[mixed % len(CLASSES)]},
        "score": mixed / 10_000,
    }
    if plan["has_scores"]:
        said["scores"] = {name: (mixed + place) / 10_000 for place, name in enumerate(CLASSES)}
    return said


def main() -> None:
    plan = json.loads(sys.argv[1])
    connection = http.client.HTTPConnection("127.0.0.1", plan["port"], timeout=60)
    headers = {"Authorization": f"Token {plan['token']}", "Content-Type": "application/json"}
    counts: Counter[str] = Counter()
    calls = []
    for first in range(plan["first"], plan["first"] + plan["count"], plan["at_once"]):
        sent = body(plan, first)
        started = time.monotonic()
        connection.request("POST", "/api/v1/predictions/", sent, headers)
        response = connection.getresponse()
        told = json.loads(response.read())
        calls.append(time.monotonic() - started)
        assert response.status == 200, told
        counts.update(told)
    names = ("added", "unchanged", "replaced")
    print(json.dumps({"calls": calls, **{name: counts[name] for name in names}}))


if __name__ == "__main__":
    main()
