"""What a person has set about care, wherever a workstation is open."""

from ircockpit.store.settings import Settings, place, read
from ircockpit.store.workstation import Workstation


def settings_of(station: Workstation) -> Settings:
    """The settings of a profile as its file states them now."""
    return read(place(station.profile.folder))[0]


def update_minutes(station: Workstation, severity: str) -> int:
    """Minutes until the next status is due, for an incident of this severity."""
    care = settings_of(station).care
    by_severity = {
        "SEV1": care.update_minutes_sev1, "SEV3": care.update_minutes_sev3, "SEV4": care.update_minutes_sev4,
    }  # fmt: skip
    return by_severity.get(severity, care.update_minutes)
