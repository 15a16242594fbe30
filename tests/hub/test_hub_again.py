"""What a hub has already is known at once: byte for byte, or it is looked at like anything else that comes."""

import os
from typing import Any

import pytest
from tests.support.lanes import Asker, Writer, new_stream

from ircockpit.hub.intake import known, read_event
from ircockpit.ledger.event import SignedEvent, to_wire
from ircockpit.ledger.parts import drop, make_parts
from ircockpit.ledger.signing import SigningKey


def lane(asker: Asker, stream: str) -> list[SignedEvent]:
    """Three events that the hub has taken in; the last has two parts."""
    writer = asker.writer
    parts = ({"text": "noted"}, {"name": "Ann"})
    events = [writer.open(stream), writer.write(stream), writer.write(stream, parts=parts)]
    assert asker.push(stream, *events) == [("ok", "")] * 3
    return events


@pytest.fixture
def stream(root: SigningKey) -> str:
    return new_stream(root)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was read and verified."""
    read: list[Any] = []

    def noted(value: Any, *rest: Any) -> Any:
        read.append(value)
        return read_event(value, *rest)

    monkeypatch.setattr("ircockpit.hub.streams.read_event", noted)
    return read


def test_the_same_again_is_known_and_what_is_new_beside_it_is_taken_in(
    asker: Asker, stream: str, looked_at: list[Any]
) -> None:
    events = lane(asker, stream)
    looked_at.clear()
    assert asker.push(stream, *events) == [("dup", "")] * 3
    assert looked_at == []
    new = asker.writer.write(stream)
    assert asker.push(stream, *events, new, events[0]) == [("dup", "")] * 3 + [("ok", ""), ("dup", "")]
    assert looked_at == [to_wire(new)]


def _other_parts(event: SignedEvent) -> SignedEvent:
    return event._replace(parts=make_parts(({"text": "never said"}, {"name": "Ann"}), os.urandom))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda event: event._replace(sig=bytes(64)), ("invalid", "signature")),
        (lambda event: event._replace(sig=event.sig[:-1]), ("invalid", "form")),
        (_other_parts, ("invalid", "signature")),
        (lambda event: event._replace(parts=event.parts[:1]), ("invalid", "signature")),
        (lambda event: event._replace(parts=event.parts[::-1]), ("invalid", "signature")),
        (lambda event: event._replace(parts=tuple(map(drop, event.parts))), ("dup", "")),
    ],
    ids=[
        "signature",
        "short signature",
        "other words",
        "a part less",
        "in another order",
        "words taken away",
    ],
)
def test_anything_but_the_same_bytes_is_looked_at(
    asker: Asker, stream: str, looked_at: list[Any], changed: Any, said: tuple[str, str]
) -> None:
    *_, event = lane(asker, stream)
    looked_at.clear()
    assert asker.push(stream, changed(event))[0] == said
    assert looked_at


@pytest.mark.parametrize("value", [None, [], {}, {"e": 1, "s": "", "p": []}, {"e": "", "s": None, "p": None}])
def test_what_is_no_event_is_not_known(asker: Asker, stream: str, value: Any) -> None:
    lane(asker, stream)
    assert known([value], stream, asker.hub.store) == {}
    assert known([], stream, asker.hub.store) == {}


def test_an_event_of_one_stream_is_not_known_in_another(
    asker: Asker, stream: str, root: SigningKey, writer: Writer
) -> None:
    events = lane(asker, stream)
    assert writer.device == asker.writer.device
    assert asker.push(new_stream(root), events[0]) == [("invalid", "stream")]
