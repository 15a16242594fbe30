"""Whether what a revoked device has asked for counts, by the lanes that the hub holds: no chain is walked further than needed."""

from typing import TYPE_CHECKING

from ircockpit.hub.authority import STREAM
from ircockpit.hub.court import signed
from ircockpit.hub.store import Row
from ircockpit.ledger.envelope import Envelope, decode
from ircockpit.ledger.revocation import DEVICE_REVOKED, Cut, Cuts, gathered

if TYPE_CHECKING:
    from sqlite3 import Connection


class Ended:
    """The revocations that the authority stream holds, as of one transaction."""

    def __init__(self, db: "Connection") -> None:
        self._db = db
        self._cuts: Cuts | None = None

    @property
    def cuts(self) -> Cuts:
        """Where the lanes of revoked devices end."""
        if self._cuts is None:
            rows = self._db.execute(
                "SELECT e.receipt, e.envelope, e.sig, e.parts FROM meta m JOIN stream s ON s.id=m.value"
                " JOIN event e ON e.stream=s.num WHERE m.key=? AND NOT e.quarantined"
                " AND json_extract(CAST(e.envelope AS TEXT), '$.type')=?",  # however its author has spelled it
                (STREAM, DEVICE_REVOKED),
            )
            self._cuts = Cuts(gathered(signed(Row(*row)) for row in rows.fetchall()))
        return self._cuts

    def doubt(self, num: int, envelope: Envelope, ident: str) -> str:
        """Why an event of the stream of this number does not count because its device was revoked; else empty."""
        if not self.cuts.revoked(envelope.device):
            return ""
        lane = (envelope.stream, envelope.device, envelope.epoch, envelope.n)
        return self.cuts.judge(*lane, lambda cut: self._reaches(num, envelope, ident, cut))

    def _reaches(self, num: int, envelope: Envelope, ident: str, cut: Cut) -> bool | None:
        if cut.event_id == ident:
            return True
        place = (num, envelope.device, envelope.epoch)
        held = self._db.execute(
            "SELECT 1 FROM event WHERE stream=? AND device=? AND epoch=? AND id=?",
            (*place, bytes.fromhex(cut.event_id)),
        ).fetchone()
        if held is None:
            return None
        between = "FROM event WHERE stream=? AND device=? AND epoch=? AND n>=? AND n<=?"
        reach = (*place, envelope.n, cut.n)
        (count,) = self._db.execute(f"SELECT count(*) {between}", reach).fetchone()
        if count == cut.n - envelope.n + 1:
            return True  # no rival anywhere between: each follows the one before it
        rows = self._db.execute(f"SELECT id, envelope {between}", reach).fetchall()
        before = {bytes(each).hex(): decode(raw).prev for each, raw in rows}
        at: str | None = cut.event_id
        while at in before and at != ident:
            at = before[at]
        return at == ident
