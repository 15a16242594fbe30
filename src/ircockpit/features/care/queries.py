"""What has been set about care, names that are safe to show, and when a status is due."""

import re
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.stated import table, whole
from ircockpit.render.glyphs import counted
from ircockpit.render.timeline import at_full
from ircockpit.store.settings import Settings, place, read

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.workstation import Workstation

BRIEFED = "incident.briefed"
_PLAIN_NAME = re.compile(r"[^\W\d_][\w .'-]{0,23}")


def settings_of(station: "Workstation") -> Settings:
    """The settings of a profile as its file states them now."""
    return read(place(station.profile.folder))[0]


def update_minutes(station: "Workstation", severity: str) -> int:
    """Minutes until the next status is due, for an incident of this severity."""
    care = settings_of(station).care
    by_severity = {
        "SEV1": care.update_minutes_sev1, "SEV3": care.update_minutes_sev3, "SEV4": care.update_minutes_sev4,
    }  # fmt: skip
    return by_severity.get(severity, care.update_minutes)


def safe_name(known: dict[str, str], user: str) -> str:
    """A person's name where it is a plain and short one, else the beginning of their pseudonym.

    People call themselves what they like, and may put anything there.
    """
    if not user:
        return "nobody"
    name = known.get(user, "")
    return name if _PLAIN_NAME.fullmatch(name) else f"someone {user[:4]}"


class Due(NamedTuple):
    """When the next status of an incident is due."""

    at_us: int
    last_us: int
    """When the last one was given, 0 where none was."""

    def words(self, now_us: int) -> str:
        """``due 14:33 UTC, in 12 minutes``, or how late it is."""
        clock = at_full(self.at_us)[11:16]
        if self.at_us >= now_us:
            return f"due {clock} UTC, in {_span(-((now_us - self.at_us) // 60_000_000))}"
        return f"was due {clock} UTC, {_span((now_us - self.at_us) // 60_000_000)} late"

    def late(self, now_us: int) -> bool:
        """Whether it should have been given by now."""
        return self.at_us < now_us


def due(station: "Workstation", row: "IncidentRow") -> Due | None:
    """When the next status is due: after the last one, else after the incident was opened; a closed one owes none."""
    if row.closed:
        return None
    rows = station.view.rows(
        "SELECT wall, body FROM entry WHERE ent=? AND type=? AND doubt='' ORDER BY arrival DESC LIMIT 1",
        (row.ident, BRIEFED),
    )
    if not rows:
        return Due(row.opened_us + update_minutes(station, row.severity) * 60_000_000, 0)
    # What was promised holds, whatever the settings of whoever looks say.
    wall, body = rows[0]
    minutes = whole(table(body).get("minutes")) or update_minutes(station, row.severity)
    return Due(wall + minutes * 60_000_000, wall)


def _span(minutes: int) -> str:
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return counted(rest, "minute")
    return counted(hours, "hour") + (f" {counted(rest, 'minute')}" if rest and hours < 10 else "")
