"""One process of people who label, run by engine.py as `python -m bench.load_client PLAN` (JSON).

Closed loop: each person begins the next pair after finishing one and the think time. Open loop:
pairs arrive at a fixed rate, whether or not earlier ones are done; latency counts from the intended
moment, so that a slow answer does not hide the queue behind it. Prints one JSON object.
"""

import json
import queue
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tasks.management.simulated_client import Person, Record, pair


def answer(_task: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    return {"bird": rng.choice(["robin", "wren"])}


def closed(plan: dict[str, Any], record: Record, people: list[Person]) -> None:
    end = time.monotonic() + plan["seconds"]

    def work(number: int) -> None:
        rng = random.Random(f"{plan['seed']}-{number}")
        while time.monotonic() < end:
            pair(people[number], record, rng, plan["where"], answer)
            time.sleep(plan["think"])

    run([threading.Thread(target=work, args=[number]) for number in range(len(people))])


def open_loop(plan: dict[str, Any], record: Record, people: list[Person]) -> None:
    free: queue.Queue[Person] = queue.Queue()
    for person in people:
        free.put(person)
    arrivals: queue.Queue[float | None] = queue.Queue()

    def work(number: int) -> None:
        rng = random.Random(f"{plan['seed']}-{number}")
        while (moment := arrivals.get()) is not None:
            person = free.get()
            pair(person, record, rng, plan["where"], answer, began=moment)
            free.put(person)

    threads = [threading.Thread(target=work, args=[number]) for number in range(plan["threads"])]
    for thread in threads:
        thread.start()
    rng = random.Random(plan["seed"])
    moment = time.monotonic()
    end = moment + plan["seconds"]
    while moment < end:
        moment += rng.expovariate(plan["rate"])
        time.sleep(max(0, moment - time.monotonic()))
        arrivals.put(moment)
    for _thread in threads:
        arrivals.put(None)
    for thread in threads:
        thread.join()


def run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    record = Record()
    people = [Person("127.0.0.1", plan["port"], session) for session in plan["sessions"]]
    (closed if plan["mode"] == "closed" else open_loop)(plan, record, people)
    print(json.dumps({**record.seconds, "errors": record.errors, "empty": record.empty}))


if __name__ == "__main__":
    main()
