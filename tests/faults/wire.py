"""HTTP as a stubborn program speaks it: after a lost answer the same request goes out again."""

import collections
import http.client
import json
import time
import urllib.parse
from typing import Any

ANSWER_SECONDS = 15
LONGEST_PAUSE = 0.5
PATIENCE_SECONDS = 120


class Wire:
    """One kept-alive connection; counts what went wrong on the way."""

    def __init__(self, url: str, token: str) -> None:
        self.address = urllib.parse.urlsplit(url).netloc
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None
        self.trouble: collections.Counter[str] = collections.Counter()
        self.longest_wait = 0.0

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body).encode()
        return self.send(method, path, content, {})

    def send(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[int, Any]:
        """Send until the server gives an answer of its own: anything below 500."""
        begun, pause = time.monotonic(), 0.02
        while True:
            try:
                status, text = self._once(method, path, content, headers)
            except (OSError, http.client.HTTPException) as error:
                self._hang_up()
                self.trouble[type(error).__name__] += 1
            else:
                if status < 500:
                    self.longest_wait = max(self.longest_wait, time.monotonic() - begun)
                    return status, json.loads(text) if text else None
                self.trouble[str(status)] += 1
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise TimeoutError(f"{method} {path} got no answer: {dict(self.trouble)}")
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _once(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=ANSWER_SECONDS)
        self.connection.request(method, f"/api/v1/{path}", content, self.headers | headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def _hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None
