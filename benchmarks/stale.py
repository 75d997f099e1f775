"""Is a 304 ever wrong? Bots poll while others write; what they were told is held against what was acknowledged."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count

from load import Server

POLLERS, WRITERS = 4, 2


@dataclass(slots=True)
class Verdict:
    """How many answers were looked at, and which of them said what was no longer so."""

    unchanged: int = 0
    pages: int = 0
    writes: int = 0
    stale: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Watch:
    server: Server
    headers: Mapping[str, str]
    until: float
    references: Iterator[str]
    acknowledged: dict[str, tuple[float, float]] = field(default_factory=dict)
    """When the completion of a commitment was sent, and when its answer was there."""
    verdict: Verdict = field(default_factory=Verdict)

    def write(self) -> None:
        client = HTTPConnection("127.0.0.1", self.server.port)
        while time.monotonic() < self.until:
            reference = next(self.references)
            sent = time.monotonic()
            path = f"/v1/commitments/{reference}/completion"
            client.request("POST", path, "{}", {**self.headers, "Content-Type": "application/json"})
            answer = client.getresponse()
            answer.read()
            if answer.status == 200:
                self.acknowledged[reference] = sent, time.monotonic()
            time.sleep(0.002)

    def poll(self) -> None:
        """Poll as a bot does. What was acknowledged before a poll was sent has to be in its answer."""
        client, tag, learnt = HTTPConnection("127.0.0.1", self.server.port), "", 0.0
        while time.monotonic() < self.until:
            known = dict(self.acknowledged)
            client.request("GET", "/v1/overdue?limit=200", headers={**self.headers, "If-None-Match": tag})
            answer = client.getresponse()
            body = answer.read()
            if answer.status == 304:
                self.verdict.unchanged += 1
                # The tag's page came before these were even sent, so it cannot know them.
                self.verdict.stale += [one for one, (began, _) in known.items() if began > learnt]
            else:
                self.verdict.pages += 1
                listed = {item["reference"] for item in json.loads(body)["data"]}
                self.verdict.stale += sorted(listed & known.keys())
                tag, learnt = answer.headers["ETag"], time.monotonic()


def look_for_stale_answers(server: Server, headers: Mapping[str, str], *, seconds: int, plans: int) -> Verdict:
    """Complete what is overdue, a few hundred a second, while others poll it; return what was wrong, if anything."""
    references = (f"POA-{number % plans + 1}.{number // plans + 1}" for number in count())
    watch = _Watch(server, headers, time.monotonic() + seconds, _shared(references))
    threads = [threading.Thread(target=watch.write) for _ in range(WRITERS)]
    threads += [threading.Thread(target=watch.poll) for _ in range(POLLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.verdict.writes = len(watch.acknowledged)
    return watch.verdict


def _shared(items: Iterator[str]) -> Iterator[str]:
    lock = threading.Lock()

    class Shared(Iterator[str]):
        def __next__(self) -> str:
            with lock:
                return next(items)

    return Shared()
