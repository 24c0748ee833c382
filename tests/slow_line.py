"""A slow line before a server: a TCP proxy with round-trip time, bandwidth and lost packets.

A lost packet holds up everything behind it on its connection until it is sent again, as TCP does:
that stall, not the missing bytes, is what a person feels. New connections cost a round trip more.
"""

import asyncio
import random
import threading
from dataclasses import dataclass

PACKET = 1460


@dataclass(frozen=True)
class Line:
    """Round-trip time in seconds, bits a second either way, share of packets lost."""

    round_trip: float = 0.25
    bits_per_second: float = 4_000_000
    loss: float = 0.01
    seed: int = 20261123


class SlowLine:
    """Listens on a free port of 127.0.0.1 and passes everything on to `target`."""

    def __init__(self, target: int, line: Line | None = None) -> None:
        self.target = target
        self.line = line or Line()
        self.is_down = False
        self.port = 0
        self._random = random.Random(self.line.seed)
        self._free_at = {"up": 0.0, "down": 0.0}
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "SlowLine":
        self._thread.start()
        self._ready.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def cut(self) -> None:
        """Drop every connection, and refuse new ones until `mend`."""
        self.is_down = True
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        self.is_down = False

    def _drop(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._drop()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self.is_down:
            to_client.transport.abort()
            return
        await asyncio.sleep(self.line.round_trip)
        try:
            server, to_server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            to_client.transport.abort()
            return
        pair = {to_client, to_server}
        self._writers |= pair
        try:
            await asyncio.gather(
                self._pass(client, to_server, "up"), self._pass(server, to_client, "down")
            )
        finally:
            self._writers -= pair
            for writer in pair:
                writer.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        """Each packet leaves when the line is free; they arrive in order, half a trip later."""
        packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.ensure_future(self._deliver(packets, sink))
        held_until = 0.0
        try:
            while data := await source.read(PACKET):
                now = self._loop.time()
                leaves = max(now, self._free_at[way])
                self._free_at[way] = leaves + len(data) * 8 / self.line.bits_per_second
                arrives = self._free_at[way] + self.line.round_trip / 2
                if self._random.random() < self.line.loss:
                    # Noticed by repeated acknowledgements after a round trip, then sent again.
                    arrives += self.line.round_trip * 1.5
                held_until = max(held_until, arrives)
                packets.put_nowait((held_until, data))
                # Backpressure: no more than a round trip's worth lies on the line.
                await asyncio.sleep(max(0, self._free_at[way] - now - self.line.round_trip))
        except OSError:
            pass
        packets.put_nowait((held_until, b""))
        await delivering

    async def _deliver(
        self, packets: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await packets.get()
            await asyncio.sleep(max(0, due - self._loop.time()))
            try:
                if not data:
                    sink.write_eof()
                    return
                sink.write(data)
                await sink.drain()
            except (OSError, RuntimeError):
                return
