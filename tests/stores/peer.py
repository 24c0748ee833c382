"""A real S3 server in a process of its own, and a bucket of it that tests fill and look into."""

import http.client
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote, urlencode

from tests.servers import free_port

# The server takes any name for that of an owner, and no signature for a stranger.
SOMEBODY = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=none"
}
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class S3Server:
    """moto on a free port of 127.0.0.1."""

    def start(self):
        """Start it; return its address once it answers."""
        port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"]},
        )
        self.port = port
        for _attempt in range(300):
            try:
                ask(port, "GET", "/moto-api/")
            except OSError:
                time.sleep(0.05)
            else:
                return f"http://127.0.0.1:{port}"
        raise RuntimeError("moto did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Bucket:
    """The bucket `labels`, looked at from the other side, with no code of ours."""

    def __init__(self, port):
        self.port = port

    def __enter__(self):
        ask(self.port, "POST", "/moto-api/reset")
        ask(self.port, "PUT", "/labels")
        return self

    def __exit__(self, *_error):
        ask(self.port, "POST", "/moto-api/reset")

    def put(self, key, content):
        ask(self.port, "PUT", f"/labels/{quote(key)}", content)

    def get(self, key):
        return ask(self.port, "GET", f"/labels/{quote(key)}")

    def keys(self):
        query = urlencode({"list-type": "2"})
        root = ElementTree.fromstring(ask(self.port, "GET", f"/labels?{query}"))
        return [found.text for found in root.iter(f"{NAMESPACE}Key")]

    def uploads(self):
        """Uploads in parts that were neither finished nor given up."""
        root = ElementTree.fromstring(ask(self.port, "GET", "/labels?uploads"))
        return [found.text for found in root.iter(f"{NAMESPACE}UploadId")]


def ask(port, method, target, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, target, body=body, headers=SOMEBODY)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status >= 400:
        raise RuntimeError(f"{method} {target}: {response.status}")
    return content
