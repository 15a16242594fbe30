"""What a hub has told of places in its streams, kept to be held against what it hands out later."""

import json

from ircockpit.store import history
from ircockpit.store.workstation import Workstation
from ircockpit.sync.transport import Headers, HttpTransport, Reply


class Noting(HttpTransport):
    """Keeps every place in a stream that the hub has said an event got."""

    def __init__(self, url: str, places: dict[tuple[str, int], str]) -> None:
        super().__init__(url)
        self.places = places

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        reply = super().send(method, path, body, headers)
        if method == "POST" and path.endswith("/events") and reply.status == 200:
            for outcome in json.loads(reply.body)["outcomes"]:
                place = (path.split("/")[3], outcome["seq"])
                if outcome["seq"]:
                    assert self.places.setdefault(place, outcome["id"]) == outcome["id"], (
                        "one place, two events"
                    )
        return reply


def hold_places(who: Workstation, places: dict[tuple[str, int], str]) -> None:
    """What a workstation has pulled is dense, holds each event once, and each in the place that was told."""
    for name in who.log.streams():
        reach = who.log.reach(name)
        assert reach is not None
        held = {seq: event for seq, event, _ in history.receipts(who.log, name, reach.gen)}
        assert sorted(held) == list(range(1, reach.seq + 1)), "dense"
        assert len(set(held.values())) == len(held), "each event once"
        told = {seq: event for (where, seq), event in places.items() if where == name}
        assert {seq: held.get(seq) for seq in told} == told, "what it answered is what it holds"
