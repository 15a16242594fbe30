"""The engine: what a round with the hub does, in which order, and what it believes of the answers.

Seven rules, each of which loses or stalls something when it is left out: events and cursor move in one
transaction; pages are dense; only what was pulled back in a verified prefix is confirmed; acknowledgements
are hints, forgotten at the head; a new generation un-confirms what lies behind the common prefix and
everything held is sent again; a fork begins a new epoch; ancestors go first.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, NotFound, TrustError
from ircockpit.ledger.certificate import SignedCertificate, certificate_id
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.receipt import leaf
from ircockpit.ledger.roster import Roster
from ircockpit.store import history, outbox
from ircockpit.store.lanemark import begin_epoch, read_mark
from ircockpit.store.log import NOWHERE, Log, Reach, Stored
from ircockpit.store.profile import Identity, Profile
from ircockpit.sync import copies, doubts, exhibits, histories, refusals, rights, undone
from ircockpit.sync.alarms import Alarm, raise_alarm
from ircockpit.sync.client import Common, HubClient, Pushed, Reset, event_wire
from ircockpit.sync.intake import keep
from ircockpit.sync.page import Arrival, Checked, check_page, is_strange

PUSH_EVENTS = 500
PUSH_BYTES = 900 * 1024
TURNS = 20
"""Turns of one round at most; a round ends before as soon as a turn brings nothing."""
LOST = "the hub no longer has a record that it had, and does not say that it was put back"
DONE = ("ok", "dup", "fork", "quarantined")


class Round(NamedTuple):
    """What one round did."""

    pushed: int
    pulled: int
    trouble: tuple[str, ...]
    """Sentences about streams that could not be brought together; the others were."""


class Engine:
    """Brings one log and one hub together. Not for two threads at once; processes may share the log."""

    def __init__(
        self,
        log: Log,
        client: HubClient,
        profile: Profile,
        identity: Identity,
        clock: Clock,
        *,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._log = log
        self._client = client
        self._profile = profile
        self._me = identity
        self._clock = clock
        self._say = say
        self._roster: Roster | None = None
        self._acknowledged: dict[str, set[str]] = {}
        self.refused: dict[str, str] = {}
        """Events the hub will not take, with its reason; see :mod:`ircockpit.sync.refusals`."""
        self._key = bytes.fromhex(identity.hub_log_key)
        self.since = ""
        """The hub's mark of what was listed so far."""
        self._again: set[str] = set()
        """Streams that could not be taken over."""
        self._promised: dict[str, dict[tuple[int, int], histories.Signed]] = {}
        """What the hub signed when events were pushed, until the pull that must agree with it."""
        self._resets = self._log.meta(exhibits.RESETS)
        self._trouble: dict[str, str] = {}
        self._settled = False

    def round(self) -> Round:
        """One whole round: take over what the hub has, send what it lacks, until nothing moves.

        Raises :class:`OfflineError` or :class:`DeadlineError` when the hub does not answer; everything done
        until then holds.
        """
        self._trouble.clear()
        if not self.since:
            histories.tell_kept(self._log, [self._key], self._clock.wall_us())
        self.refused = refusals.held_back(self._log, self._clock.wall_us())
        try:
            if self._roster is None:
                self._exchange_certificates()
            pulled = self._pull_changed()
        except TrustError:
            self._leave_what_was_written()
            raise
        pushed = 0
        for _ in range(TURNS):
            if self._roster is None:  # a hub that was put back may have forgotten who is who
                self._exchange_certificates()
            sent, missing = self._push_all()
            pushed += sent
            if not sent and not missing:
                break
            moved = self._pull_changed()
            pulled += moved
            if not sent and not moved:
                break  # what is missing is not held here either: it stays until somebody brings it
        self._settle(pulled)
        undone.give_back(self._log, self._client)
        return Round(pushed, pulled, tuple(dict.fromkeys(self._trouble.values())))

    def pull_hinted(self, streams: Collection[str]) -> Round:
        """A short round: take over what the hub has of these streams."""
        self._trouble.clear()
        if self._roster is None:
            self._exchange_certificates()
        pulled = sum(self._pull_safely(stream) for stream in sorted(streams))
        self._settle(pulled)
        return Round(0, pulled, tuple(dict.fromkeys(self._trouble.values())))

    def waiting(self) -> Mapping[str, outbox.Waiting]:
        """What awaits its receipt, by stream."""
        resets = self._log.meta(exhibits.RESETS)
        if resets != self._resets:  # by another process: what it took back, and its hints, are not known here
            self._resets = resets
            self._acknowledged.clear()
        return outbox.waiting(self._log)

    def unsent(self) -> int:
        """Events the hub has not even acknowledged."""
        found = self.waiting()
        acknowledged = sum(len(ids) for stream, ids in self._acknowledged.items() if stream in found)
        return max(sum(each.events for each in found.values()) - acknowledged - len(self.refused), 0)

    # -- taking over -------------------------------------------------------------------------------

    def _pull_changed(self) -> int:
        """Pull what changed at the hub since the last time, and all that did not come through then."""
        pulled = sum(self._pull_safely(stream) for stream in sorted(self._again))
        since = self.since
        listed: set[str] | None = None
        while True:
            page = self._client.heads(since)
            if page.whole:
                listed = set()
                exhibits.meet(self._log, page.since)
            for stream, head in page.heads.items():
                reach = self._log.reach(stream) or NOWHERE
                if (head.gen, head.seq, head.root) != (reach.gen, reach.seq, _root(reach)):
                    pulled += self._pull_safely(stream)
            if listed is not None:
                listed |= page.heads.keys()
            since = rights.note(self._log, self._client, page.since)
            if not page.more:
                break
        if listed is not None:  # a hub put back may have lost whole streams: asking for them tells it
            lost = [s for s, reach in outbox.reaches(self._log).items() if reach.seq and s not in listed]
            pulled += sum(self._pull_safely(s) for s in lost if not self._is_kept_back(s))
        self.since = since
        self._acknowledged.clear()  # all that changed is pulled: what is not confirmed now is not there
        return pulled

    def _pull_safely(self, stream: str) -> int:
        """Pull one stream; what is wrong with it stops neither the others nor the round."""
        try:
            pulled = self._pull(stream)
        except NotFound:
            self._again.discard(stream)
            # One that was held goes nowhere silently: an honest hub would have begun a new generation.
            if (self._log.reach(stream) or NOWHERE).seq and not self._is_kept_back(stream):
                self._again.add(stream)
                self._trouble[stream] = LOST
                self._alarm("refused", stream, LOST)
            return 0
        except (TrustError, BadInput) as error:
            self._again.add(stream)
            self._trouble[stream] = error.what
            if isinstance(error, TrustError):
                self._alarm("refused", stream, error.what)
            return 0
        # Not before it came through: a link that breaks now must not let it be forgotten, the list moves on.
        self._again.discard(stream)
        return pulled

    def _is_kept_back(self, stream: str) -> bool:
        return rights.kept_back(self._log, self._client, stream)

    def _pull(self, stream: str) -> int:
        pulled = resets = 0
        own = False
        while True:
            reach = self._log.reach(stream) or NOWHERE
            shown = reach.checkpoint if own else history.newest_checkpoint(self._log, stream)
            page = self._client.pull(stream, reach.seq, reach.gen, _root(reach), shown)
            if isinstance(page, Reset):
                if page.common.gen <= reach.gen and shown != reach.checkpoint:
                    # The newest one held may be of the hub's other history: ours proves that it was put back.
                    own = True
                    continue
                resets += 1
                if resets > 2:
                    raise TrustError("the hub changes its history faster than it can be read")
                self._find_common(stream, reach, page.common, shown)
                continue
            if page.gen < reach.gen:
                raise TrustError("the hub went back to an earlier generation of a record")
            promised = self._promised.get(stream, {})
            sizes = {size for gen, size in promised if gen == page.gen}
            checked = check_page(page, self._me.org, stream, reach, self._key, sizes)
            pulled += self._take_over(stream, reach, checked)
            rights.give_fuller(self._log, self._client, stream, checked.arrivals)
            if page.head - reach.seq > len(page.rows):
                self._told(f"{checked.tree.size} of {page.head} entries of one record taken over")
            if not page.rows or checked.tree.size >= page.head:
                self._acknowledged.pop(stream, None)
                self._promised.pop(stream, None)
                return pulled

    def _take_over(self, stream: str, before: Reach, checked: Checked) -> int:
        """Keep events, receipts and cursor in one step; returns how many events were new."""
        self._hold_to_promises(stream, checked)
        if not checked.arrivals and before.seq and checked.gen == before.gen:
            self._compare(checked)
            return 0
        roster = self._roster_for(checked.arrivals)
        now = self._clock.wall_us()
        copies.watch(self._log, self._profile, self._me, checked.arrivals, now)
        with self._log.writing() as writer:
            if (self._log.reach(stream) or NOWHERE) != before:
                return 0  # another process on this profile was quicker with the same page
            if checked.gen != before.gen:
                histories.begin_generation(self._log, writer, stream, before, checked.gen, before.seq)
            new = keep(self._log, writer, roster, self._me.authority_stream, before, checked)
        if checked.gen != before.gen:
            self._forget(before)
        self._compare(checked)
        self._settled &= not checked.arrivals
        return new

    def _settle(self, pulled: int) -> None:
        if pulled or not self._settled:
            doubts.settle(self._log, self._roster_for, self._me.authority_stream)
            self._settled = True

    def _compare(self, checked: Checked) -> None:
        """Hold the newest checkpoint against others of its size that were ever taken over."""
        signed = histories.read_signed(checked.checkpoint, [self._key], self._me.org, checked.stream)
        histories.hold_against(self._log, signed, [self._key], self._clock.wall_us())

    def _hold_to_promises(self, stream: str, checked: Checked) -> None:
        """What the hub signed when it took events in must be what it hands out now."""
        for size, root in checked.roots.items():
            signed = self._promised[stream][checked.gen, size]
            if signed.stated.root != root:
                with self._log.writing() as writer:
                    writer.add_checkpoint(stream, checked.gen, size, signed.text)
                roots = {signed.stated.root, root}
                histories.tell(self._log, stream, checked.gen, size, roots, self._clock.wall_us())

    # -- a history that changed --------------------------------------------------------------------

    def _find_common(self, stream: str, reach: Reach, told: Common, shown: str) -> None:
        """How much of the verified prefix still holds: what the hub says it shares, or the largest of some that it has."""
        trees = self._trees(stream, reach, {told.size} & set(range(1, reach.seq + 1)))
        if told.size not in trees or not self._is_common(stream, reach, told, trees):
            sizes = {reach.seq} | {reach.seq - (1 << k) for k in range(reach.seq.bit_length())}
            trees = self._trees(stream, reach, {size for size in sizes if size > 0})
            roots = [(size, tree.root().hex()) for size, tree in trees.items()]
            told = self._client.common(stream, roots, shown)
            if not self._is_common(stream, reach, told, trees):
                raise TrustError("the hub states another history in common than it signed")
        self._go_back(stream, reach, told, trees.get(told.size, Frontier()))

    def _is_common(self, stream: str, reach: Reach, told: Common, trees: Mapping[int, Frontier]) -> bool:
        """Whether the prefix is ours and signed in a later generation: an honest hub that was put back begins one."""
        if told.gen <= reach.gen:
            raise TrustError("the hub changed its history of a record and began no new generation")
        stated = histories.read_signed(told.checkpoint, [self._key], self._me.org, stream).stated
        own = trees.get(told.size, Frontier())
        return (stated.of.gen, stated.size, stated.root, own.size) == (
            told.gen, told.size, own.root().hex(), told.size,
        )  # fmt: skip

    def _trees(self, stream: str, reach: Reach, sizes: Collection[int]) -> dict[int, Frontier]:
        trees: dict[int, Frontier] = {}
        tree = Frontier()
        for size in sorted(sizes):
            for _, _, raw in history.receipts(self._log, stream, reach.gen, tree.size, size):
                tree.append(leaf(raw))
            trees[size] = tree.copy()
        return trees

    def _go_back(self, stream: str, reach: Reach, told: Common, tree: Frontier) -> None:
        """Un-confirm what lies behind the common prefix; everything held of it is then sent again."""
        with self._log.writing() as writer:
            if (self._log.reach(stream) or NOWHERE) != reach:
                return
            to = Reach(told.gen, told.size, tree.encode(), told.checkpoint, 0)
            histories.go_back(self._log, writer, reach, to, stream, self._clock.wall_us())
        self._forget(reach)

    def _forget(self, before: Reach) -> None:
        """What the hub said in the generation before is no hint any more."""
        if not before.gen:
            return
        self._resets = self._log.meta(exhibits.RESETS)
        self._acknowledged.clear()
        self._promised.clear()
        self.refused.clear()
        self._roster = None

    # -- sending -----------------------------------------------------------------------------------

    def _push_all(self) -> tuple[int, bool]:
        """Send what awaits a receipt; returns how much was taken in, and whether an ancestor was missing."""
        sent, missing = 0, False
        # Who belongs to the organisation goes first: a hub that has lost it judges by what it is given back.
        first = self._me.authority_stream
        for stream in sorted(self.waiting(), key=lambda found: found != first):
            if rights.kept_back(self._log, self._client, stream):
                continue
            taken, lacks = self._push(stream)
            sent += taken
            missing |= lacks
        if missing:
            self._acknowledged.clear()  # the hub may have lost what it acknowledged
        return sent, missing

    def _leave_what_was_written(self) -> None:
        """Whoever belongs here no more is given nothing; what they wrote while they did not know goes to the hub all
        the same, where a lead may let it count.
        """
        with suppress(TrustError):
            _, missing = self._push_all()
            # A hub that was put back says to nobody it is closed to what it lost of what it had confirmed.
            if missing:
                for stream in self.waiting():
                    self._offer(stream, outbox.everything(self._log, stream, PUSH_EVENTS))

    def _push(self, stream: str) -> tuple[int, bool]:
        return self._offer(stream, outbox.outgoing(self._log, stream, PUSH_EVENTS))

    def _offer(self, stream: str, batches: Iterable[list[Stored]]) -> tuple[int, bool]:
        sent, missing = 0, False
        for batch in batches:
            if sent:
                self._told(f"{sent} entries of one record sent")
            skip = self._acknowledged.get(stream, set()) | self.refused.keys()
            ids: list[str] = []
            wires: list[bytes] = []
            size = 0
            for stored in refusals.sendable(batch, self.refused):
                if stored.event.id in skip:
                    continue
                wire = event_wire(stored.event)
                if wires and size + len(wire) > PUSH_BYTES:
                    taken, lacks = self._send(stream, ids, wires)
                    sent, missing, ids, wires, size = sent + taken, missing or lacks, [], [], 0
                ids.append(stored.event.id)
                wires.append(wire)
                size += len(wire)
            if wires:
                taken, lacks = self._send(stream, ids, wires)
                sent, missing = sent + taken, missing or lacks
        return sent, missing

    def _told(self, sentence: str) -> None:
        if self._say is not None:
            self._say(sentence)

    def _send(self, stream: str, ids: list[str], wires: list[bytes]) -> tuple[int, bool]:
        taken = 0
        missing = False
        shown = history.newest_checkpoint(self._log, stream)
        outcomes, signed = self._client.push(stream, wires, shown)
        self._note_promise(stream, signed)
        for ident, outcome in zip(ids, outcomes, strict=True):
            if outcome.word in DONE and outcome.event_id == ident:
                self._acknowledged.setdefault(stream, set()).add(ident)
                taken += 1
                if outcome.word == "fork":
                    self._forked(stream, ident)
            elif outcome.word == "missing":
                missing = True
            else:
                self._refuse(stream, ident, outcome)
        refusals.forget(self._log, self._acknowledged.get(stream, set()))
        return taken, missing

    def _note_promise(self, stream: str, text: str) -> None:
        try:
            signed = histories.read_signed(text, [self._key], self._me.org, stream)
        except TrustError:
            return  # a hint like every answer to a push: the pull decides
        place = (signed.stated.of.gen, signed.stated.size)
        self._promised.setdefault(stream, {}).setdefault(place, signed)

    def _refuse(self, stream: str, ident: str, outcome: Pushed) -> None:
        reason = outcome.reason or outcome.word
        self.refused[ident] = reason
        self._trouble[stream] = refusals.sentence(reason)
        refusals.note(self._log, ident, reason, self._clock.wall_us())

    def _forked(self, stream: str, ident: str) -> None:
        stored = self._log.get(ident)
        if stored is None:
            return
        envelope = stored.event.envelope
        own = envelope.device == self._me.device
        copies.tell(self._log, stream, own, self._clock.wall_us())
        if own and envelope.epoch == read_mark(self._profile.lane_mark)[0]:
            begin_epoch(self._profile.lane_mark, self._profile.rand)

    # -- certificates ------------------------------------------------------------------------------

    def _roster_for(self, arrivals: list[Arrival]) -> Roster:
        """The roster, asked for anew where a page names a device, or a lane a certificate, that is not on it."""
        authority = self._me.authority_stream
        if self._roster is None or any(is_strange(each, self._roster, authority) for each in arrivals):
            self._roster = self._exchange_certificates()
        return self._roster

    def _exchange_certificates(self) -> Roster:
        """Keep those of the hub that the organisation's root stands behind, and give it what it lacks."""
        held = {certificate_id(each.raw): each for each in self._log.certificates()}
        there = {certificate_id(each.raw): each for each in self._client.certificates()}
        roster = Roster(self._me.root, [*held.values(), *there.values()])
        vouched = roster.vouched()
        self._keep([each for ident, each in there.items() if ident in vouched and ident not in held])
        lacking = [each for ident, each in held.items() if ident in vouched and ident not in there]
        if lacking:
            self._client.add_certificates(lacking)
        self._roster = roster
        return roster

    def _keep(self, new: list[SignedCertificate]) -> None:
        if new:
            with self._log.writing() as writer:
                for each in new:
                    writer.add_certificate(each)

    def _alarm(self, kind: str, stream: str, text: str) -> None:
        raise_alarm(self._log, Alarm(kind, stream, text, self._clock.wall_us()))


def _root(reach: Reach) -> str:
    return Frontier.decode(reach.frontier).root().hex()
