"""Alerts of Prometheus Alertmanager: webhook bodies, answers of its interface, lines of either."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from json import JSONDecoder
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import canonical_time, read_moment
from ircockpit.features.intake.formats.found import Bad, Found
from ircockpit.features.intake.formats.records import Record, Source, reason
from ircockpit.features.intake.formats.values import (
    NAME_CHARS,
    TITLE_CHARS,
    NotJson,
    Unreadable,
    key_part,
    labels_of,
    load,
    one_line,
    word,
)

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()
_STILL_FIRING = "0001-01-01"
"""``endsAt`` of an alert that has not ended: Go's zero time."""
_TITLES = ("summary", "title", "message")
_MAX_NAMED = 1_000
_EPOCH = datetime(1970, 1, 1)


class _Alert(NamedTuple):
    """One alert in a body, with its place in the body's text."""

    value: Any
    body: dict[str, Any]
    """What it came in; empty for an alert that stands alone."""
    path: str
    start: int
    """First character."""
    end: int


class _Ruler:
    """Characters of a text into lines and bytes of the file it was read from; only ever forwards."""

    def __init__(self, text: str, line: int, offset: int) -> None:
        self._text, self._at = text, 0
        self.line, self.offset = line, offset

    def move(self, char: int) -> None:
        """Go on to this character."""
        between = self._text[self._at : char]
        self.line += between.count("\n")
        self.offset += len(between.encode())
        self._at = char


def read(source: Source, facts: dict[str, Any]) -> Iterator[Found | Bad | None]:
    """Alerts and what could not be read, in the order of the file; None for a body without alerts.

    An alert is known again by its ``fingerprint`` and ``startsAt``. Of a resolved one, the time observed is
    its end. Facts, complete at the end: ``bodies``, ``alerts``, ``firing``, ``resolved``, ``suppressed``
    (silenced or inhibited at the monitor), ``truncated`` (alerts the monitor left out of its bodies), and as
    tuples of text ``receivers``, ``groups``, ``versions``; ``url`` of the monitor.
    """
    facts.update(bodies=0, alerts=0, firing=0, resolved=0, suppressed=0, truncated=0)
    facts.update(receivers=(), groups=(), versions=(), url="")
    start = list(islice(source.records(), 2))
    if start and not _stands_alone(start[0]):
        try:
            raw, before = source.document()
            value = load(raw)
        except Unreadable as error:
            if len(start) < 2 or not _stands_alone(start[1]):
                yield Bad(start[0].line, f"the document cannot be taken in: {error.what}")
                return
        else:
            yield from _body(value, _Ruler(raw.decode(), 1, before), raw.decode(), "", facts)
            return
    for record in source.records():
        try:
            raw = record.content()
            value = load(raw)
        except Unreadable as error:
            yield Bad(record.line, reason(record, error))
        else:
            ruler = _Ruler(raw.decode(), record.line, record.offset)
            yield from _body(value, ruler, raw.decode(), f"line {record.line}", facts)


def _stands_alone(record: Record) -> bool:
    try:
        load(record.content())
    except Unreadable as error:
        return not isinstance(error, NotJson) and record.raw is not None
    return True


def _body(
    value: Any, ruler: _Ruler, text: str, where: str, facts: dict[str, Any]
) -> Iterator[Found | Bad | None]:
    try:
        alerts = list(_alerts(value, text))
    except (Unreadable, RecursionError):
        yield Bad(ruler.line, "it is neither a webhook body of Alertmanager nor an answer of its interface")
        return
    for body in (value, *value) if isinstance(value, list) else (value,):
        if isinstance(body, dict) and "alerts" in body:
            _note_body(body, facts)
    if not alerts:
        yield None
    for alert in alerts:
        ruler.move(alert.start)
        line, offset = ruler.line, ruler.offset
        ruler.move(alert.end)
        try:
            found = _found(alert, facts)
        except Unreadable as error:
            yield Bad(line, f"the alert at {alert.path or 'this line'}: {error.what}")
            continue
        place = ", ".join(part for part in (where, alert.path) if part)
        yield found._replace(line=line, locator=place, offset=offset, length=ruler.offset - offset)


def _alerts(value: Any, text: str) -> Iterator[_Alert]:
    """Every alert of a body, a list of alerts or a list of groups; raises :class:`Unreadable` for others."""
    begin = _past_space(text, 0)
    if not isinstance(value, list):
        yield from _alerts_of(value, text, begin, len(text.rstrip()), "")
        return
    for index, (item, (start, end)) in enumerate(zip(value, _items(text, begin), strict=True)):
        yield from _alerts_of(item, text, start, end, f"[{index}]")


def _alerts_of(value: Any, text: str, start: int, end: int, path: str) -> Iterator[_Alert]:
    alerts = value.get("alerts") if isinstance(value, dict) else None
    if isinstance(alerts, list):
        inside = f"{path}.alerts" if path else "alerts"
        places = _items(text, _member(text, start, "alerts"))
        for index, (item, place) in enumerate(zip(alerts, places, strict=True)):
            yield _Alert(item, value, f"{inside}[{index}]", *place)
    elif path or (isinstance(value, dict) and "labels" in value):
        yield _Alert(value, {}, path, start, end)
    else:
        raise Unreadable("no alerts")


def _found(alert: _Alert, facts: dict[str, Any]) -> Found:
    value = alert.value
    if not isinstance(value, dict):
        raise Unreadable("it is not a JSON object")
    labels = labels_of(value.get("labels"))
    starts, ends = word(value.get("startsAt"), "startsAt"), word(value.get("endsAt"), "endsAt")
    if not starts:
        raise Unreadable("it does not say when it began")
    fingerprint = word(value.get("fingerprint"), "fingerprint") or _fingerprint(labels)
    status = value.get("status", alert.body.get("status"))
    resolved = status == "resolved"
    facts["alerts"] += 1
    facts["resolved" if resolved else "firing"] += 1
    facts["suppressed"] += isinstance(status, dict) and status.get("state") == "suppressed"
    name = one_line(labels.get("alertname", ""), NAME_CHARS)
    return Found(
        key=f"alertmanager/{key_part(fingerprint)}/{key_part(_instant(starts))}",
        title=_title(value.get("annotations")) or name or "alert without a name",
        source="alertmanager",
        detector=name,
        probe="",
        score=None,
        severity_word=one_line(labels.get("severity", ""), NAME_CHARS) or None,
        model=one_line(labels.get("model", ""), NAME_CHARS),
        labels=tuple(sorted(labels.items())),
        observed=ends if resolved and ends and not ends.startswith(_STILL_FIRING) else starts,
        line=0,
        locator="",
        offset=0,
        length=0,
        prompt=None,
        output=None,
        resolved=resolved,
    )


def _title(annotations: object) -> str:
    if isinstance(annotations, dict):
        for name in _TITLES:
            if isinstance(text := annotations.get(name), str) and (title := one_line(text, TITLE_CHARS)):
                return title
    return ""


def _instant(text: str) -> str:
    # A webhook writes 09:38:27Z where the interface writes 09:38:27.000Z, with further digits cut off.
    try:
        micros = read_moment(canonical_time(text)).earliest_us
        moment = _EPOCH + timedelta(milliseconds=micros // 1000)
    except (BadInput, OverflowError):
        return text  # no time we can read: known again by its words alone
    return moment.isoformat(timespec="milliseconds") + "Z"


def _fingerprint(labels: dict[str, str]) -> str:
    """What Alertmanager makes of the labels (FNV-1a, 64 bits), for senders that leave it out."""
    state = 0xCBF29CE484222325
    for name in sorted(labels):
        for byte in b"%b\xff%b\xff" % (name.encode(), labels[name].encode()):
            state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


def _note_body(body: dict[str, Any], facts: dict[str, Any]) -> None:
    facts["bodies"] += 1
    truncated = body.get("truncatedAlerts")
    if type(truncated) is int and truncated > 0:
        facts["truncated"] += truncated
    receiver = body.get("receiver")
    receiver = receiver.get("name") if isinstance(receiver, dict) else receiver
    named = (("receivers", receiver), ("groups", body.get("groupKey")), ("versions", body.get("version")))
    for fact, name in named:
        text = one_line(name, TITLE_CHARS) if isinstance(name, str) else ""
        if text and text not in facts[fact] and len(facts[fact]) < _MAX_NAMED:
            facts[fact] += (text,)
    if not facts["url"] and isinstance(url := body.get("externalURL"), str):
        facts["url"] = one_line(url, TITLE_CHARS)


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Where the items of the list at this character stand; the text is known to be good JSON."""
    at = _past_space(text, at + 1)
    while text[at] != "]":
        end = _DECODER.raw_decode(text, at)[1]
        yield at, end
        at = _past_space(text, end)
        if text[at] == ",":
            at = _past_space(text, at + 1)


def _member(text: str, at: int, wanted: str) -> int:
    """Where the value under a key of the object at this character stands; of equal keys the last, as read."""
    found = -1
    at = _past_space(text, at + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        at = _past_space(text, _past_space(text, end) + 1)
        if name == wanted:
            found = at
        at = _past_space(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _past_space(text, at + 1)
    return found
