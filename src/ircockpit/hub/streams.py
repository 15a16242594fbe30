"""A stream as the hub takes it in and hands it out: events, pages, and what two histories have in common."""

from typing import TYPE_CHECKING, Any

from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.core.jsontext import json_string
from ircockpit.hub import generations
from ircockpit.hub.asking import Answer, Asked, answer_of, count_of, object_of, text_of
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.intake import known, read_event
from ircockpit.hub.members import Members
from ircockpit.hub.quota import Pace
from ircockpit.hub.reading import NOT_HELD, Reader, for_reader, parts_for, reader
from ircockpit.hub.store import Incoming, Outcome, Page, Row, Word
from ircockpit.ledger import checkpoint, joining
from ircockpit.ledger.checkpoint import Origin
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.signing import key_id
from ircockpit.ledger.wire import read_push

if TYPE_CHECKING:
    from collections.abc import Callable

PUSH_EVENTS = 500
PAGE_EVENTS = 1000
PAGE_BYTES = 2 * 1024 * 1024
ROOTS = 64


class Streams:
    """Everything of a hub that is about one stream."""

    def __init__(self, folder: HubFolder, members: Members, clock: Clock) -> None:
        self._folder = folder
        self._store = folder.store
        self._members = members
        self._org = key_id(folder.root)
        self._clock = clock
        self._pace = Pace(clock)
        self.changed: Callable[[str, int, int], None] | None = None
        """Called with stream, gen and head after events were taken in: a hint, never needed for correctness."""

    def answer(self, asked: Asked, stream: str, what: str) -> Answer:
        """The answer to a request about one stream; raises what :meth:`Hub.answer` makes a refusal of."""
        who = reader(self._members, self._store, asked)
        who.check(stream)
        self._heed(asked, stream)
        match asked.method, what:
            case "POST", "events":
                return self._push(asked, stream)
            case "POST", "parts":
                return parts_for(self._store, who, asked, stream)
            case "GET", "events":
                return self._pull(asked, stream, who)
            case "POST", "common":
                return self._common(asked, stream)
        raise NotFound("the hub has no such address")

    def _push(self, asked: Asked, stream: str) -> Answer:
        listed = read_push(asked.body) or object_of(asked.body).get("events")
        if not isinstance(listed, list) or not listed:
            raise BadInput("events must be a list")
        if len(listed) > PUSH_EVENTS:
            raise RefusedError(f"{len(listed)} events at once: the limit is {PUSH_EVENTS}")
        pusher = self._members.signed_in(asked)
        self._pace.take(pusher, len(listed))
        page, outcomes = self._take_in(listed, stream, pusher)
        return answer_of(
            {
                "gen": page.gen,
                "head": page.head,
                "checkpoint": self._checkpoint(stream, page.gen, page.tree),
                "outcomes": [
                    {"id": each.event_id, "word": each.word.value, "seq": each.seq, "reason": each.reason}
                    for each in outcomes
                ],
            }
        )

    def learn(self, listed: list[Any], shown: str) -> None:
        """Take over what the founder's device holds of the record of members, before anybody is answered.

        A backup that was put back may lack who was removed since. ``shown`` is the newest checkpoint held of that
        record, in base64, as in :data:`generations.HEADER`.
        """
        stream = self._members.authority.stream
        self._heed(Asked("POST", "", {}, {generations.HEADER: shown}), stream)
        for start in range(0, len(listed), PUSH_EVENTS):
            self._take_in(listed[start : start + PUSH_EVENTS], stream, "")

    def _take_in(self, listed: list[Any], stream: str, pusher: str) -> tuple[Page, list[Outcome]]:
        authority = self._members.authority
        there = known(listed, stream, self._store)
        read = self._read(listed, stream, there)
        if any(isinstance(each, Outcome) and each.reason in ("device", "signature") for each in read):
            self._members.reload()  # another process of this hub may have let the device in, or changed its key
            read = self._read(listed, stream, there)
        batch = [each for each in read if isinstance(each, Incoming)]
        placed, page = self._store.append(stream, batch, self._clock.wall_us(), authority.court, pusher)
        if stream == authority.stream:
            self._members.reload()
        waiting = iter(placed)
        outcomes = [each if isinstance(each, Outcome) else next(waiting) for each in read]
        if any(each.word in (Word.OK, Word.FORK, Word.QUARANTINED) for each in placed):
            self._folder.mark.note(*self._store.highest())
            self._folder.clear_away()
            if self.changed is not None:
                self.changed(stream, page.gen, page.head)
        return page, outcomes

    def _read(self, listed: list[Any], stream: str, there: dict[int, Outcome]) -> list[Incoming | Outcome]:
        roster, authority = self._members.roster, self._members.authority.stream
        return [
            there.get(place) or read_event(value, stream, roster, authority)
            for place, value in enumerate(listed)
        ]

    def hint(self, stream: str) -> None:
        """Tell those who listen that this stream has grown."""
        page = self._store.page(stream, 0, 1, 1)
        if self.changed is not None and page is not None:
            self.changed(stream, page.gen, page.head)

    def _pull(self, asked: Asked, stream: str, who: Reader) -> Answer:
        after, gen = count_of(asked, "after"), count_of(asked, "gen")
        limit = min(max(count_of(asked, "limit", PAGE_EVENTS), 1), PAGE_EVENTS)
        if after:
            # A prefix with the root of ours is ours, whatever generation it was pulled in.
            held = self._store.tree(stream, after)
            if held is None or held[1].root().hex() != asked.query.get("root"):
                return self._reset(stream, gen)
        page = self._store.page(stream, after, limit, PAGE_BYTES)
        if page is None:
            raise NotFound(NOT_HELD)
        page = page._replace(rows=for_reader(page.rows, who, self._store, stream))
        return Answer(200, self._page_body(stream, after, page), (("content-type", "application/x-ndjson"),))

    def _page_body(self, stream: str, after: int, page: Page) -> bytes:
        first = {
            "gen": page.gen, "head": page.head, "after": after, "count": len(page.rows),
            "checkpoint": self._checkpoint(stream, page.gen, page.tree),
        }  # fmt: skip
        return b"\n".join([text_of(first), *map(_row, page.rows), b""])

    def _heed(self, asked: Asked, stream: str) -> None:
        """Look at the checkpoint the client holds before anything is signed: it may prove that this hub was put back."""
        text = asked.headers.get(generations.HEADER)
        if not text:
            return
        shown = generations.read_shown(text, self._org, stream, self._folder.log_key.public)
        if shown is not None and self._store.heed(stream, shown, self._clock.wall_us()):
            self._folder.mark.put_back(*self._store.highest())

    def _reset(self, stream: str, gen: int) -> Answer:
        """The client's prefix is not this history's: what they have in common, as far as is known here."""
        head = self._store.head(stream)
        if head is None:
            raise NotFound("the hub does not hold this stream")
        shared = self._store.shared(stream, gen)
        said = {"reset": True, "head": head.seq, **self._common_prefix(stream, shared)}
        return Answer(409, text_of(said))

    def _common_prefix(self, stream: str, size: int) -> dict[str, Any]:
        found = self._store.tree(stream, size)
        if found is None:
            raise NotFound("the hub does not hold this stream")
        gen, tree = found
        return {"gen": gen, "common": size, "checkpoint": self._checkpoint(stream, gen, tree)}

    def _common(self, asked: Asked, stream: str) -> Answer:
        said = object_of(asked.body)
        roots = said.get("roots")
        if not isinstance(roots, list) or len(roots) > ROOTS or not all(map(_is_point, roots)):
            raise BadInput(f"roots must be a list of at most {ROOTS} pairs of size and root")
        common = 0
        for size, root in sorted(roots):
            held = self._store.tree(stream, size)
            if held is not None and held[1].root().hex() == root:
                common = size
        return answer_of(self._common_prefix(stream, common))

    def _checkpoint(self, stream: str, gen: int, tree: Frontier) -> str:
        return checkpoint.make(Origin(self._org, stream, gen), tree.size, tree.root(), self._folder.log_key)


def _row(row: Row) -> bytes:
    # Receipt and envelope travel as JSON strings, their bytes exactly as signed; the parts as they were kept.
    told, said = json_string(row.receipt.decode()), json_string(row.envelope.decode())
    return f'{{"r":{told},"e":{said},"s":"{joining.signature_to_wire(row.sig)}","p":{row.parts}}}'.encode()


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and type(value[0]) is int and value[0] > 0
        and isinstance(value[1], str)
    )  # fmt: skip
