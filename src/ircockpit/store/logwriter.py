"""What may be done to the log inside one durable step."""

from typing import TYPE_CHECKING

from ircockpit.core.adoption import outweighs
from ircockpit.store.log import PRESENT

if TYPE_CHECKING:
    from ircockpit.ledger.certificate import SignedCertificate
    from ircockpit.ledger.envelope import Envelope
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.ledger.parts import Part
    from ircockpit.ledger.withdrawal import Withdrawal
    from ircockpit.store.log import Log, Reach


class LogWriter:
    """What may be done inside one durable step."""

    def __init__(self, log: "Log") -> None:
        self._log = log
        self._db = log.db
        self._directs: dict[str, bool] = {}
        """Whether a stream has events that say what is to go, as far as it was asked for."""
        self._withdrawals: dict[str, Withdrawal] = {}
        """What they come to, as long as nothing in this step has touched what they are read from."""

    def add(
        self,
        event: "SignedEvent",
        *,
        doubt: str = "",
        envelope: "Envelope | None" = None,
        confirmed: bool = False,
    ) -> bool:
        """Append one event; ``False`` when it is held already.

        ``envelope`` is the event's own, where it has been read already. ``confirmed`` says that its receipt is
        kept in this same step, so that it never awaits one.
        """
        envelope = envelope or event.envelope
        done = self._db.execute(
            "INSERT INTO event (id, stream, device, epoch, n, lam, op, envelope, sig)"
            " VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING",
            (bytes.fromhex(event.id), envelope.stream, envelope.device, envelope.epoch, envelope.n,
             envelope.lam, envelope.op, event.raw, event.sig),
        )  # fmt: skip
        if done.rowcount == 0:
            return False
        arrival = int(done.lastrowid or 0)
        if not confirmed:
            self._db.execute("INSERT INTO awaiting VALUES (?,?)", (envelope.stream, arrival))
        self._db.executemany(
            "INSERT INTO part (event, i, leaf, salt, data) VALUES (?,?,?,?,?)",
            [
                (arrival, i, part.leaf, part.salt, part.data)
                for i, part in enumerate(self._fit(event, envelope))
            ],
        )
        if doubt:
            self._db.execute("INSERT INTO doubt VALUES (?,?)", (arrival, doubt))
        from ircockpit.ledger.withdrawal import BY_LEAD, DIRECTIVES

        if envelope.type in DIRECTIVES:
            settled = envelope.type not in BY_LEAD
            self._db.execute(
                "INSERT INTO directive VALUES (?,?,?,?)", (arrival, envelope.stream, envelope.type, settled)
            )
            self._directs[envelope.stream] = True
            self._withdrawals.clear()
        return True

    def _fit(self, event: "SignedEvent", envelope: "Envelope") -> "tuple[Part, ...]":
        """The parts to keep of an event: what an erasure named before it came is not written at all."""
        if not self._directed(envelope.stream):
            return event.parts
        from ircockpit.store.erasing import fitting, withdrawal

        if envelope.stream not in self._withdrawals:
            self._withdrawals[envelope.stream] = withdrawal(self._log, envelope.stream)
        return fitting(self._withdrawals[envelope.stream], event, envelope)

    def _directed(self, stream: str) -> bool:
        if stream not in self._directs:
            asked = (
                "SELECT EXISTS (SELECT 1 FROM directive WHERE stream=?)"
                " OR EXISTS (SELECT 1 FROM meta WHERE key='erase.known')"
            )
            self._directs[stream] = bool(self._db.execute(asked, (stream,)).fetchone()[0])
        return self._directs[stream]

    def put_in_doubt(self, event_id: str, reason: str) -> None:
        """A reason to keep an event out of the picture that was found after it came: the view is made anew.

        Of two reasons the one stays that outweighs the other, whichever was found first.
        """
        row = self._db.execute(
            "SELECT arrival, reason FROM event LEFT JOIN doubt ON event=arrival WHERE id=?",
            (bytes.fromhex(event_id),),
        ).fetchone()
        if row is None or (row[1] is not None and not outweighs(reason, row[1])):
            return
        self.set_doubt(row[0], reason)

    def set_doubt(self, arrival: int, reason: str) -> None:
        """The reason, whichever there was before."""
        self._withdrawals.clear()
        self._db.execute(
            "INSERT INTO doubt VALUES (?,?) ON CONFLICT (event) DO UPDATE SET reason=excluded.reason",
            (arrival, reason),
        )
        self.fold_again(arrival)

    def empty_parts(self, event_id: str) -> list[int]:
        """Numbers of the parts that are missing of an event that is held."""
        rows = self._db.execute(
            "SELECT p.i FROM event e JOIN part p ON p.event=e.arrival WHERE e.id=? AND p.data IS NULL ORDER BY p.i",
            (bytes.fromhex(event_id),),
        ).fetchall()
        return [int(row[0]) for row in rows]

    def awaits(self, stream: str, arrival: int) -> bool:
        """Whether no receipt of the hub covers an event yet."""
        row = self._db.execute("SELECT 1 FROM awaiting WHERE stream=? AND arrival=?", (stream, arrival))
        return row.fetchone() is not None

    def take_away(self, arrival: int, index: int) -> None:
        """Empty one part: its leaf stays, so that every proof still holds."""
        self._withdrawals.clear()
        self._db.execute(
            "UPDATE part SET salt=NULL, data=NULL WHERE event=? AND i=?",
            (arrival, index),
        )

    def give_back(self, arrival: int, index: int, part: "Part") -> None:
        """Fill a part that was withheld, as it was signed; one that is held stays as it is."""
        self._withdrawals.clear()
        self._db.execute(
            "UPDATE part SET salt=?, data=? WHERE event=? AND i=? AND leaf=? AND data IS NULL",
            (part.salt, part.data, arrival, index, part.leaf),
        )

    def fold_again(self, arrival: int) -> None:
        """Something of the event changed: the view folds it in again."""
        self._db.execute("INSERT INTO late (event) VALUES (?)", (arrival,))

    def clear_doubt(self, arrival: int) -> None:
        """The reason to keep an event out of the picture is gone: the view folds it in late."""
        self._withdrawals.clear()
        self._db.execute("DELETE FROM doubt WHERE event=?", (arrival,))
        self.fold_again(arrival)

    def add_certificate(self, certificate: "SignedCertificate") -> None:
        """Keep a certificate; its id names it."""
        from ircockpit.ledger.certificate import certificate_id

        self._db.execute(
            "INSERT INTO certificate (id, raw, sig) VALUES (?,?,?) ON CONFLICT (id) DO NOTHING",
            (bytes.fromhex(certificate_id(certificate.raw)), certificate.raw, certificate.sig),
        )

    def add_receipt(
        self, stream: str, gen: int, seq: int, event_id: str, raw: bytes, maxlam: int, *, awaited: bool = True
    ) -> None:
        """Keep the hub's receipt of an event, which is confirmed by it; ``awaited`` where it was held before."""
        ident = bytes.fromhex(event_id)
        self._db.execute("INSERT INTO receipt VALUES (?,?,?,?,?,?)", (stream, gen, seq, ident, raw, maxlam))
        if awaited:
            self._db.execute(
                "DELETE FROM awaiting WHERE stream=? AND arrival=(SELECT arrival FROM event WHERE id=?)",
                (stream, ident),
            )
        if self._directed(stream):
            self._settle(event_id, raw)

    def count_lam(self, stream: str, seq: int, lam: int) -> None:
        """Let the Lamport number of an event count that was in doubt when it came: from its place on."""
        self._db.execute(
            "UPDATE receipt SET maxlam=max(maxlam, ?) WHERE stream=? AND seq>=? AND EXISTS"
            " (SELECT 1 FROM generation g WHERE g.stream=receipt.stream AND g.gen=receipt.gen AND receipt.seq<=g.upto)",
            (lam, stream, seq),
        )

    def _settle(self, event_id: str, raw: bytes) -> None:
        """What needed the hub's word has it, once it was accepted; a verdict against it changes nothing."""
        from ircockpit.ledger.receipt import decode

        if decode(raw).accepted:
            self._withdrawals.clear()
            self._db.execute(
                "UPDATE directive SET settled=1 WHERE event=(SELECT arrival FROM event WHERE id=?)",
                (bytes.fromhex(event_id),),
            )

    def set_reach(self, stream: str, reach: "Reach") -> None:
        """Move the cursor; always in the same step as the events it covers."""
        self._db.execute(
            "INSERT INTO cursor VALUES (?,?,?,?,?) ON CONFLICT (stream) DO UPDATE SET gen=excluded.gen,"
            " seq=excluded.seq, frontier=excluded.frontier, checkpoint=excluded.checkpoint",
            (stream, reach.gen, reach.seq, reach.frontier, reach.checkpoint),
        )
        if reach.checkpoint:
            self.add_checkpoint(stream, reach.gen, reach.seq, reach.checkpoint)

    def add_checkpoint(self, stream: str, gen: int, size: int, text: str) -> None:
        """Keep what the hub has signed; it is never taken out again."""
        self._db.execute(
            "INSERT INTO checkpoint VALUES (?,?,?,?) ON CONFLICT DO NOTHING", (stream, gen, size, text)
        )

    def begin_generation(self, stream: str, gen: int, shared: int) -> None:
        """Go on in a new generation from what it shares with the one before; what lies behind awaits the hub again.

        Its receipts are kept: they prove what the hub once signed.
        """
        self.await_again(stream, shared)
        self._db.execute("INSERT INTO generation VALUES (?,?,?,?)", (stream, gen, shared, (1 << 53) - 1))

    def await_again(self, stream: str, shared: int) -> None:
        """What lies behind the first ``shared`` receipts awaits the hub again."""
        self._db.execute(
            f"INSERT INTO awaiting SELECT e.stream, e.arrival FROM receipt r {PRESENT}"  # noqa: S608 - fixed text
            " JOIN event e ON e.id=r.event WHERE r.stream=? AND r.seq>? ON CONFLICT DO NOTHING",
            (stream, shared),
        )
        self._db.execute("UPDATE generation SET upto=min(upto, ?) WHERE stream=?", (shared, stream))

    def set_meta(self, key: str, value: str) -> None:
        """Keep a small setting with the log."""
        self._withdrawals.clear()
        self._db.execute(
            "INSERT INTO meta VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value", (key, value)
        )
