"""Revoked devices on a workstation: where the authority stream ends their lanes, nothing later counts, however it came."""

import hashlib
import json

from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.revocation import AFTER, Cuts, Revocation, gathered
from ircockpit.store.log import Log
from ircockpit.store.sqlite import told

REVOKED = "quarantined:revoked"
"""The hub's word for it, and ours: what does not count for this reason can be adopted by a lead."""
_JUDGED = "revoked.judged"
"""What was judged last: revocations, how many events of their devices and how many in doubt; the rest changes nothing."""


def revocations(log: Log, authority: str) -> list[Revocation]:
    """What the authority stream says of revoked devices, as far as it is held and counts."""
    held = log.of_stream(authority) if authority else ()
    return gathered(stored.event for stored in held if not stored.doubt)


def judge(log: Log, authority: str) -> Cuts:
    """Put in doubt what revoked devices wrote after their end and what counted so far; returns the rule for the rest."""
    stated = revocations(log, authority)
    cuts = Cuts(stated)
    mark = _mark(log, stated) if stated else ""
    if (log.meta(_JUDGED) or "") == mark:
        return cuts
    late = [
        (ident, why)
        for device in cuts.devices()
        for stream, epoch, n, ident in _counting(log, device)
        if (why := _word(cuts.doubt(stream, device, epoch, n, ident, lambda ident: _before(log, ident))))
    ]
    with log.writing() as writer:
        for ident, why in late:
            writer.put_in_doubt(ident, why)
        writer.set_meta(_JUDGED, _mark(log, stated) if stated else "")
    return cuts


def reason(log: Log, cuts: Cuts, envelope: Envelope, event_id: str) -> str:
    """Why an event does not count because its device was revoked; empty where it does."""
    return _word(
        cuts.doubt(
            envelope.stream,
            envelope.device,
            envelope.epoch,
            envelope.n,
            event_id,
            lambda ident: _before(log, ident),
        )
    )


def _word(why: str) -> str:
    return REVOKED if why == AFTER else why


def _mark(log: Log, stated: list[Revocation]) -> str:
    text = json.dumps([each.part() for each in stated], sort_keys=True)
    held = {each.device: [doubted for doubted, *_ in _rows(log, each.device)] for each in stated}
    counts = [(len(doubted), sum(doubted)) for doubted in held.values()]
    return f"{hashlib.sha256(text.encode()).hexdigest()}:{counts}"


def _counting(log: Log, device: str) -> list[tuple[str, str, int, str]]:
    """Stream, epoch, place and id of the events of a device that are not in doubt."""
    return [row[1:] for row in _rows(log, device) if not row[0]]


def _rows(log: Log, device: str) -> list[tuple[bool, str, str, int, str]]:
    with told(log.path):
        rows = log.db.execute(
            "SELECT doubt.event IS NOT NULL, e.stream, e.epoch, e.n, e.id FROM (SELECT DISTINCT stream FROM event) s"
            " JOIN event e ON e.stream=s.stream AND e.device=? LEFT JOIN doubt ON doubt.event=e.arrival",
            (device,),
        ).fetchall()
    return [
        (bool(doubted), stream, epoch, n, bytes(ident).hex()) for doubted, stream, epoch, n, ident in rows
    ]


def _before(log: Log, event_id: str) -> str | None:
    with told(log.path):
        row = log.db.execute("SELECT envelope FROM event WHERE id=?", (bytes.fromhex(event_id),)).fetchone()
    return None if row is None else json.loads(bytes(row[0]))["prev"] or ""
