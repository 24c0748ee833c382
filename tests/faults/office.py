"""A manager's program: imports and exports all the time. `python -m tests.faults.office ORDERS`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.ledger import Ledger
from tests.faults.wire import Wire

BOUNDARY = "a-line-that-is-in-no-file"
TEMPLATE = (
    "--{boundary}\r\n"
    'Content-Disposition: form-data; name="batch"\r\n\r\n{batch}\r\n'
    "--{boundary}\r\n"
    'Content-Disposition: form-data; name="file"; filename="{name}.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n{rows}\r\n"
    "--{boundary}--\r\n"
)


class Office:
    def __init__(self, orders: dict[str, Any]) -> None:
        self.wire = Wire(orders["url"], orders["token"])
        self.ledger = Ledger(Path(orders["ledger"]))
        self.stop = Path(orders["stop"])
        self.project, self.batch = orders["project"], orders["batch"]
        self.row_count = orders["rows"]
        self.pause = orders["pause"]

    def run(self) -> None:
        number = 0
        while not self.stop.exists():
            number += 1
            waiting = [self._import(number), self._export()]
            while waiting and not self.stop.exists():
                waiting = [job for job in waiting if not self._has_ended(job)]
                time.sleep(0.5)
            time.sleep(self.pause)
        self.ledger.note("end", person="office", trouble=dict(self.wire.trouble), wait=0)

    def _import(self, number: int) -> str:
        prefix = f"import{number}-"
        lines = (f"{prefix}{row},text of {row}" for row in range(self.row_count))
        rows = "\r\n".join(["id,text", *lines])
        content = TEMPLATE.format(boundary=BOUNDARY, batch=self.batch, name=prefix, rows=rows)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        path = f"projects/{self.project}/imports/"
        job = self._accepted(*self.wire.send("POST", path, content.encode(), headers))
        self.ledger.note("import", job=job, prefix=prefix, rows=self.row_count)
        return job

    def _export(self) -> str:
        path = f"projects/{self.project}/exports/"
        job = self._accepted(*self.wire.call("POST", path, {"format": "jsonl"}))
        self.ledger.note("export", job=job)
        return job

    def _accepted(self, status: int, body: Any) -> str:
        if status != 202:
            self.ledger.note("fault", person="office", status=status, body=body)
            raise SystemExit(f"office: {status} {body}")
        return body["job"]

    def _has_ended(self, job: str) -> bool:
        _status, body = self.wire.call("GET", f"jobs/{job}/")
        return body["state"] in {"done", "failed", "cancelled"}


if __name__ == "__main__":
    Office(json.loads(sys.argv[1])).run()
