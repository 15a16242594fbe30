"""The open profile: every change is an event appended here, durable before it is said to be saved."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.blobs.pages import REWRITE_BYTES
from ircockpit.core.clock import Clock, SystemClock
from ircockpit.core.errors import BadInput, CockpitError, RefusedError, StoreError
from ircockpit.core.ids import entity_id, uuid7
from ircockpit.core.merge import MAX_BASE
from ircockpit.core.reduce import Catalogue, is_stray
from ircockpit.store import lanemark, remembered
from ircockpit.store.kept import missed
from ircockpit.store.lanemark import read_mark
from ircockpit.store.log import Log
from ircockpit.store.profile import Identity, Profile
from ircockpit.store.sqlite import DamagedError, DiskError, disk_error, disk_failed, told
from ircockpit.store.view import Passing, View, make_anew

if TYPE_CHECKING:
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.ledger.signing import SigningKey
    from ircockpit.store.logwriter import LogWriter

LANE_OPENED = "lane.opened"
STREAM_OPENED = "stream.opened"
REWRITE_BESIDE = 8 * 1024 * 1024
"""Largest database that is written anew while somebody works; a larger one at the next start."""


class Draft(NamedTuple):
    """One change about to become an event."""

    stream: str
    type: str
    ent: str
    parts: tuple[Mapping[str, Any], ...] = ({},)
    """JSON objects, each a part that can be withheld or erased for itself."""
    field: str | None = None
    base: tuple[str, ...] = ()
    occurred: str | None = None
    scope: str = "team"


def _check_there(log: Path) -> None:
    """Raise where a profile has lost its log: an empty one in its place would look like a night without work."""
    try:
        held = log.stat().st_size or log.with_name(f"{log.name}-wal").stat().st_size
    except FileNotFoundError:
        held = 0
    except OSError as error:
        raise disk_error(log, error) from error
    if not held:
        raise StoreError(
            f"{log.name} holds nothing of this profile: it was emptied or taken away", safe="nothing was written",
            fix=f"put it back into {log.parent} from a backup; without one, set IRCOCKPIT_HOME to a new folder and enrol again",
        )  # fmt: skip


class Workstation:
    """One person at one device with one profile: the log, the view, the key, and the clock."""

    def __init__(
        self,
        profile: Profile,
        table: Catalogue,
        *,
        clock: Clock | None = None,
        identity: Identity | None = None,
        beside: bool = False,
    ) -> None:
        """``beside``: a view that has to be made anew is left to somebody else (:class:`View`), where it shows anything."""
        self.profile = profile
        self._beside = beside
        if identity is None:
            self.identity = profile.identity()
            _check_there(profile.log_db)
        else:
            self.identity = identity
        self.clock: Clock = clock or SystemClock()
        self.local = False
        """Whether people read times in this machine's zone; what is recorded, and data for programs, stays in UTC."""
        self.mended = ""
        """What was found damaged at the start and made anew, in one sentence for the person."""
        self._withdrawing = False
        profile.sweep()
        self.log = Log(profile.log_db, open_database=profile.open_database)
        if self.log.was_cut_off:
            from ircockpit.store.soundness import note_due

            note_due(profile)
        try:
            self.view = self._open_view(table)
        except BaseException:
            self.log.close()
            raise
        self.trouble: CockpitError | None = None
        """Why the view lags behind the log, or what is to go is still here; what was acknowledged is durable."""
        self._key: SigningKey | None = None
        self._epoch = ""
        self._act = ""
        """The act that everything appended now belongs to; empty where each append is one of its own."""
        self._place = lanemark.place_of(profile.log_db)
        lasting = bool(self._place) and not self.identity.demo
        self.mark_outside = lanemark.outside(self.identity.device, profile.folder) if lasting else None
        """Where the mark outside the profile is kept, where one is."""
        self.erased_list = remembered.list_of(self.identity.device) if lasting else None
        """Where it is noted outside the profile what this device has erased."""
        if not self.mended and (why := self.strange()):
            self.mended = f"{why}; what is written here goes into new lanes, so that nothing collides"
        self._stamp = profile.stamp()
        self._withdraw(REWRITE_BYTES, put_back=remembered.is_behind(self.log, self.erased_list))

    def close(self) -> None:
        """Close both databases."""
        self.view.close()
        self.log.close()

    def __enter__(self) -> "Workstation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def misses_pages(self) -> bool:
        """Whether a change has thrown away a page that a start begins with."""
        with suppress(CockpitError), told(self.view.path):
            return self.view.on_disk and bool(missed(self.view.db))
        return False

    @property
    def me(self) -> str:
        """The writer's pseudonym."""
        return self.identity.user

    @property
    def shown_offset(self) -> int:
        """Minutes ahead of UTC of the zone in which people read times here."""
        return self.clock.offset_minutes() if self.local else 0

    def new_op(self) -> str:
        """An idempotency key for one act of a person."""
        return uuid7(self.clock.wall_us() // 1000, self.profile.rand(10))

    def new_id(self, stream: str) -> str:
        """A fresh id for a thing of this stream; about one of another stream nothing can be written there."""
        return entity_id(stream, self.profile.rand)

    def remake_view(self, told_of: Callable[[int], None] | None = None) -> None:
        """Make ``view.db`` anew from the log; until it is whole, and where that is ended, the old one stays."""
        self.view.remake(self.log, told_of)

    def _open_view(self, table: Catalogue) -> View:
        from ircockpit.command.progress import Progress

        heard = Progress("making view.db anew", self.log.head_arrival(), "events").reached
        try:
            try:
                return self._current_view(View, table, heard)
            except (DamagedError, DiskError) as error:
                if isinstance(error, DiskError) and not disk_failed(error):
                    raise  # no room, or no right to write: a second file would meet the same
                make_anew(self.profile.view_db, table, self.log, heard)
                view = self._current_view(View, table, heard)
            self.mended = "view.db was damaged and was made anew from the log; nothing was lost"
        except DiskError as error:
            # The log may be well: nothing that is made from it may keep anybody from writing.
            view = self._current_view(Passing, table, heard)
            # What is to go may be in the file: that is not done while it is out of reach.
            self._withdrawing = True
            shown = "view.db cannot be used, the log is shown from memory instead"
            self.mended = f"{shown}: {error.what}; {error.fix}"
        return view

    def _current_view(self, kind: type[View], table: Catalogue, heard: Callable[[int], None]) -> View:
        beside = self._beside and kind.on_disk
        view = kind(self.profile.view_db, table, open_database=self.profile.open_database, beside=beside)
        try:
            view.catch_up(self.log, heard)
        except BaseException:
            view.close()
            raise
        if view.replaced:
            self.mended = (
                "log.db is not the one that was shown here last: an older copy was put back, or events were"
                " taken out; run: ircockpit verify"
            )
        return view

    def refresh(self) -> int:
        """Fold in what another process or the hub has added to the log; returns how many events."""
        self.follow()
        done = self.view.catch_up(self.log)
        self._withdraw()
        return done

    def _withdraw(self, at_most: int = REWRITE_BESIDE, *, put_back: bool = False) -> None:
        """Do what erasures and narrowings ask of this device; what cannot be done now is done later.

        ``put_back`` says that this log may hold what the device has erased since it was in this state.
        """
        if self._withdrawing or not (put_back or self.log.directed()):
            return
        from ircockpit.store.sweep import carry_out

        self._withdrawing = True
        try:
            carry_out(self, at_most, put_back=put_back)
        except CockpitError as error:
            self.trouble = error
        finally:
            self._withdrawing = False

    def follow(self) -> None:
        """Take over an identity or epoch that another window, a command or the hub's reader has begun."""
        stamp = self.profile.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        if self.profile.exists:  # while a profile is being made, its identity is only in memory
            self._take_on(self.profile.identity())
        mark, _ = read_mark(self.profile.lane_mark)
        if mark and self._epoch:
            self._epoch = mark

    def countersign(self) -> list[str]:
        """Open this device's new lane in every stream it wrote in, naming the head of its earlier one.

        After joining, what was written before stands under the new certificate too. Returns the ids of the
        new events.
        """
        key, op, device = self.key(), self.new_op(), self.identity.device
        with self.log.writing() as writer:
            made = [
                self._open_lane(writer, stream, op, key)
                for stream in self.log.streams()
                if self.log.last_lane(stream, device)
                and not self.log.lane_head(stream, device, self.epoch()).n
            ]
        self._mark_lane(made)
        self._show()
        return [event.id for event in made]

    def append(self, drafts: Sequence[Draft], *, op: str | None = None) -> list[str]:
        """Make drafts into signed events, durable together; returns their ids.

        With an ``op`` already recorded nothing is added again and the recorded ids are returned: a
        double key press or a retry after a crash has one effect. Raises :class:`StoreError` with nothing
        recorded.
        """
        self.follow()
        act = op or self._act or self.new_op()
        if op is not None and (known := self.log.events_of_op(op)):
            return known
        key = self.key()
        with self.log.writing() as writer:
            if op is not None and (known := self.log.events_of_op(op)):
                return known
            made = [event for draft in drafts for event in self._write(writer, draft, act, key)]
        self._mark_lane(made)
        self._show()
        return [event.id for event in made if event.envelope.type != LANE_OPENED]

    @contextmanager
    def one_act(self, op: str) -> Iterator[None]:
        """What is appended inside belongs to one act of a person, though each step of it is durable by itself."""
        self._act = op
        try:
            yield
        finally:
            self._act = ""

    def set_field(
        self, stream: str, type_: str, ent: str, field: str, value: Any, *, why: str = "", **extra: Any
    ) -> Draft:
        """A draft that writes a register, naming the heads this view shows as what it replaces.

        The reason is a part of its own: erased, it leaves what was decided.
        """
        parts = ({"value": value, **extra}, *([{"why": why}] if why else []))
        return Draft(stream, type_, ent, parts, field, self.view.heads(ent, field)[:MAX_BASE])

    def open_stream(self, kind: str, *, drill: bool = False) -> tuple[str, Draft]:
        """The id of a new stream and the draft of its genesis event."""
        from ircockpit.ledger.stream import stream_id

        nonce = self.profile.rand(16)
        stream = stream_id(self.identity.org, kind, nonce)
        facts = {"org": self.identity.org, "kind": kind, "nonce": nonce.hex(), "drill": drill}
        return stream, Draft(stream, STREAM_OPENED, stream, (facts,))

    def key(self) -> "SigningKey":
        """The device key, read once for each certificate it has."""
        if self._key is None:
            from ircockpit.store.newkey import key_in_force

            self._key, changed = key_in_force(self.profile, self.identity, self._certified_key())
            if changed:  # what another window began meanwhile, with the key before, is not gone on with
                self._start_epoch()
        return self._key

    def _certified_key(self) -> str:
        # Signing with a key that no certificate names would make entries nobody can verify.
        from ircockpit.ledger.certificate import certificate_id, decode

        for held in self.log.certificates():
            if certificate_id(held.raw) == self.identity.certificate:
                return decode(held.raw).key
        return ""

    def rename(self, name: str) -> None:
        """Keep the name to show for the person at this device beside the identity."""
        with self.profile.lock():  # another window may have joined a hub meanwhile
            self.identity = self.profile.identity()._replace(name=name)
            self.profile.save_identity(self.identity)

    def rejoin(self, identity: Identity) -> None:
        """Take on a changed identity (a hub joined, a certificate renewed): new lanes begin under it."""
        with self.profile.lock():
            self._start_epoch()  # first: cut off between the two, no lane goes on under another certificate
            self.profile.save_identity(identity)
        self._take_on(identity)

    def _take_on(self, identity: Identity) -> None:
        if identity.certificate != self.identity.certificate:
            self._key = None  # it may name another key
        self.identity = identity

    def epoch(self) -> str:
        """The epoch of this device's lanes; a new one where the marks tell of another log than this one."""
        if not self._epoch:
            if self._is_spent(*read_mark(self.profile.lane_mark)):
                self._start_epoch()
            else:
                self._epoch, _ = read_mark(self.profile.lane_mark)
            if self.mark_outside is not None:
                lanemark.make_room(self.mark_outside)
        return self._epoch

    def _is_spent(self, mark: str, count: int) -> bool:
        from ircockpit.store.lanes import forked

        me = self.identity.device
        return (
            not mark
            or self.log.own_count(me, mark) < count
            or bool(self.strange())
            or forked(self.log, me, mark)
        )

    def strange(self) -> str:
        """Why this log is not the one that was written here last, as far as the marks tell; empty where it is."""
        marks = [lanemark.read_whole(path) for path in (self.profile.lane_mark, self.mark_outside) if path]
        return next(
            (why for mark in marks if (why := lanemark.strange(mark, self._place, self._holds(mark.last)))),
            "",
        )

    def _holds(self, last: str) -> bool:
        return not last or bool(self.log.lams([last]))

    def _show(self) -> None:
        # The events are durable by now: a view that cannot follow must not make the act look failed.
        try:
            self.view.catch_up(self.log)
            self.trouble = None
        except StoreError as error:
            self.trouble = error
        self._withdraw()

    def _write(
        self, writer: "LogWriter", draft: Draft, op: str, key: "SigningKey"
    ) -> "Iterable[SignedEvent]":
        head = self.log.lane_head(draft.stream, self.identity.device, self.epoch())
        if head.n == 0:
            yield self._open_lane(writer, draft.stream, op, key)
        yield self._seal(writer, draft, op, key)

    def _open_lane(self, writer: "LogWriter", stream: str, op: str, key: "SigningKey") -> "SignedEvent":
        predecessor = self.log.last_lane(stream, self.identity.device)
        facts = {"certificate": self.identity.certificate, "predecessor": predecessor}
        return self._seal(writer, Draft(stream, LANE_OPENED, stream, (facts,)), op, key)

    def _seal(self, writer: "LogWriter", draft: Draft, op: str, key: "SigningKey") -> "SignedEvent":
        from ircockpit.ledger.envelope import Envelope, Seen
        from ircockpit.ledger.event import seal
        from ircockpit.ledger.fields import FORMAT
        from ircockpit.ledger.merkle import Frontier
        from ircockpit.ledger.parts import body_digest, make_parts, repeated_key

        if len(draft.base) > MAX_BASE:
            raise RefusedError(
                f"one write can settle {MAX_BASE} versions at most", fix="settle them in several steps"
            )
        if is_stray(self.view.table, draft.type, draft.stream, draft.ent):
            raise RefusedError(
                f"{draft.type} speaks of a thing of another stream", safe="nothing was recorded"
            )
        head = self.log.lane_head(draft.stream, self.identity.device, self.epoch())
        reach = self.log.reach(draft.stream)
        seen = (
            Seen(reach.gen, reach.seq, Frontier.decode(reach.frontier).root().hex())
            if reach and reach.seq
            else None
        )
        bases = self.log.lams(draft.base)
        if len(bases) != len(set(draft.base)):
            raise StoreError("a version this change replaces is not in the log", fix="run: ircockpit rebuild")
        lam = 1 + max([head.lam, reach.maxlam if reach and seen else 0, *bases.values()])
        if key_twice := repeated_key(draft.parts):
            raise BadInput(f"{key_twice} stands in two parts of one entry", safe="nothing was recorded")
        parts = make_parts(draft.parts, self.profile.rand)
        event = seal(
            Envelope(
                v=FORMAT, stream=draft.stream, device=self.identity.device, epoch=self.epoch(), n=head.n + 1,
                prev=head.event_id, lam=lam, op=op, actor=self.me, type=draft.type, tv=1, ent=draft.ent,
                field=draft.field, base=tuple(sorted(set(draft.base))), scope=draft.scope,
                occurred=draft.occurred, wall=self.clock.wall_us(), off=0, offq="none",
                boot=self.clock.boot(), mono=self.clock.mono_us(),
                seen=seen, body=body_digest(parts),
            ),
            key, parts,
        )  # fmt: skip
        writer.add(event)
        return event

    def _start_epoch(self) -> None:
        self._epoch = lanemark.begin_epoch(self.profile.lane_mark, self.profile.rand, self._place)
        if self.mark_outside is not None:
            lanemark.make_room(self.mark_outside)
            lanemark.write_mark(self.mark_outside, self._epoch, 0, "", self._place)

    def _mark_lane(self, made: "Sequence[SignedEvent]") -> None:
        mark, count = read_mark(self.profile.lane_mark)
        if not made or mark not in ("", self._epoch):
            return  # another one was begun meanwhile, for the hub or in a window: it holds
        for path in (self.profile.lane_mark, self.mark_outside):
            if path is not None:
                lanemark.write_mark(path, self._epoch, count + len(made), made[-1].id, self._place)
