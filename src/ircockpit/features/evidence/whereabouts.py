"""Where the file of an exhibit is: on this device, at the hub, or on its way between them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import Fetched, on_their_way
from ircockpit.core.errors import CockpitError
from ircockpit.core.stated import moment_us
from ircockpit.features.evidence.queries import Exhibit
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_full
from ircockpit.sync.state import Sending, size

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

_LABEL, _SIZE, _KIND, _HASH, _BY, _WHERE = 5, 9, 13, 13, 11, 18
_WIDE = 96
"""Cells from which on hashes have a column, too; Enter shows them whole."""


class Whereabouts(NamedTuple):
    """What is known here of one file."""

    here: bool
    hub: str
    """``verified`` only where the hub has read the whole file back with the hash of the record; else ``not yet``,
    ``not known``, or ``none`` where there is no hub."""
    moving: str = ""
    """How far it is, where it is on its way."""

    @property
    def words(self) -> str:
        """Where it is, in three words at most."""
        if self.moving:
            return self.moving
        if self.here:
            return {"verified": "here and at hub", "none": "here"}.get(self.hub, "here, to send")
        return "at the hub" if self.hub == "verified" else "not here"


def on_the_way(station: "Workstation") -> dict[str, Fetched]:
    """The files of which a part is here, by hash."""
    return {each.sha256: each for each in on_their_way(FileBlobs(station.profile.blobs))}


def whereabouts(
    station: "Workstation",
    found: Sequence[Exhibit],
    fetching: Mapping[str, Fetched] | None = None,
    sending: Sending | None = None,
) -> list[Whereabouts]:
    """Of each exhibit, in that order; ``fetching`` and ``sending`` say what is on its way."""
    blobs = FileBlobs(station.profile.blobs)
    return [_one(station, blobs, each, (fetching or {}).get(each.sha256), sending) for each in found]


def _one(
    station: "Workstation", blobs: FileBlobs, each: Exhibit, fetched: Fetched | None, sending: Sending | None
) -> Whereabouts:
    from ircockpit.sync.exhibits import at_hub

    here = _held(blobs, each)
    if not station.identity.hub:
        hub = "none"
    elif at_hub(station.log, each.sha256):
        hub = "verified"
    else:
        hub = "not yet" if here else "not known"
    if fetched is not None and not here:
        percent = _percent(fetched.done, fetched.total)
        return Whereabouts(here, hub, f"fetching {percent}" if fetched.running else f"{percent} is here")
    if sending is not None and sending.sha256 == each.sha256:
        return Whereabouts(here, hub, f"{sending.way} {_percent(sending.done, sending.total)}")
    return Whereabouts(here, hub)


def _held(blobs: FileBlobs, each: Exhibit) -> bool:
    try:
        return blobs.has(each.sha256)
    except CockpitError:
        return False


def _percent(done: int, total: int) -> str:
    return f"{100 * done // total if total else 100} %"


def kind_words(each: Exhibit) -> str:
    """Of which kind an exhibit is; empty where nobody said so."""
    return f"(!) {clean(each.kind)}" if "kind" in each.disputed else clean(each.kind)


def exhibit_line(each: Exhibit, where: Whereabouts, width: int) -> Line:
    """One exhibit: label, name, size, kind, hash where there is room, who took it in, where its file is."""
    after = (
        Span(fit(size(each.size), _SIZE, "right") + "  "),
        Span(fit(kind_words(each), _KIND) + " ", "bad" if "kind" in each.disputed else "accent"),
        *((Span(fit(each.sha256[: _HASH - 1], _HASH) + " ", "dim"),) if width >= _WIDE else ()),
        Span(fit(words(each.by, ""), _BY) + " ", "key"),
        Span(fit(where.words, _WHERE), "ok" if where.here and where.hub in ("verified", "none") else "warn"),
    )
    room = width - _LABEL - sum(cells(span.text) for span in after)
    return (Span(fit(each.label, _LABEL), "key"), Span(fit(words(each.name), max(room, 6))), *after)


def exhibit_heads(width: int) -> Line:
    """What the columns of :func:`exhibit_line` hold."""
    after = (
        fit("size", _SIZE, "right")
        + "  "
        + fit("kind", _KIND)
        + " "
        + (fit("sha256", _HASH) + " " if width >= _WIDE else "")
        + fit("taken in by", _BY)
        + " "
        + fit("file", _WHERE)
    )
    return (Span(fit("no", _LABEL) + fit("name", max(width - _LABEL - cells(after), 6)) + after, "dim"),)


def exhibit_lines(each: Exhibit, where: Whereabouts | None = None, offset_minutes: int = 0) -> list[Line]:
    """One exhibit whole."""
    rows = [
        ("exhibit", f"{each.label}  {each.short}  {each.name}"), ("sha256", each.sha256),
        ("kind", kind_words(each) or "not stated"), ("size", f"{each.size:,} bytes"),
        ("origin", each.origin or "not stated"),
        ("taken in", f"{at_full(moment_us(each.acquired), offset_minutes)} by {each.by}"),
    ]  # fmt: skip
    if each.clear:
        rows.append(("clear", "said to hold none of what must not be copied"))
    if where is not None:
        rows.append(("file", where.words))
    return [(Span(f"{name:9}", "dim"), Span(clean(words))) for name, words in rows]
