"""The one tree of errors: what happened, what is safe, what to do, and the exit code that says it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; the numbers are frozen and documented in docs/commands.md."""

    OK = 0
    FAILED = 1
    USAGE = 2
    OFFLINE = 3
    TIMEOUT = 4
    CONFLICT = 5
    DAMAGED = 6
    REFUSED = 7
    NOT_FOUND = 8
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class CockpitError(Exception):
    """An expected failure, told to a person in one plain sentence each for what, safe and fix.

    ``what`` says what happened, ``safe`` what was kept or not touched, ``fix`` what to do now.
    The text may hold untrusted words; whoever prints it passes it through the gate first.
    """

    code: ExitCode = ExitCode.FAILED

    def __init__(self, what: str, *, safe: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.safe = safe
        self.fix = fix

    def sentences(self) -> tuple[str, ...]:
        """What, safe and fix, those that are there, in this order."""
        return tuple(part for part in (self.what, self.safe, self.fix) if part)

    def in_one(self) -> str:
        """What happened and what to do, as one sentence without its full stop."""
        return "; ".join(part.rstrip(".") for part in (self.what, self.fix) if part)


class UsageError(CockpitError):
    """The command's words are off, or a configuration value is."""

    code = ExitCode.USAGE


class BadInput(CockpitError):
    """A file or value from outside is not of the form it claims."""

    code = ExitCode.USAGE


class NotFound(CockpitError):
    """Nothing, or more than one thing, has the name or id given."""

    code = ExitCode.NOT_FOUND


class OfflineError(CockpitError):
    """The hub or a target could not be reached; nothing was lost, retry is safe."""

    code = ExitCode.OFFLINE


class DeadlineError(CockpitError):
    """An answer did not come in time; what it did on the other side is unknown until read back."""

    code = ExitCode.TIMEOUT


class ConflictError(CockpitError):
    """Somebody else changed the same thing; nothing was overwritten."""

    code = ExitCode.CONFLICT


class StoreError(CockpitError):
    """The profile cannot be read or written: damaged, full, locked, or of another version."""

    code = ExitCode.DAMAGED


class TrustError(CockpitError):
    """A signature, certificate, hash or code does not hold."""

    code = ExitCode.REFUSED


class RefusedError(CockpitError):
    """The act is not allowed now: not armed, not confirmed, not the right person or state."""

    code = ExitCode.REFUSED


class SecretError(CockpitError):
    """A secret source did not give its secret; only what needs it is disabled."""

    code = ExitCode.REFUSED


def defect(error: Exception) -> CockpitError:
    """A failure nobody expected, told without a traceback: that could show what must not be shown."""
    if isinstance(error, OSError):
        return CockpitError(
            f"reading or writing failed: {error.strerror or error}", safe="what was acknowledged is kept",
            fix="check the disk and where the output goes; run: ircockpit doctor",
        )  # fmt: skip
    from pathlib import Path
    from traceback import extract_tb

    place = extract_tb(error.__traceback__)[-1]
    return CockpitError(
        f"a defect of ircockpit: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}",
        safe="what was acknowledged is kept", fix="report this line with the command; run: ircockpit doctor",
    )  # fmt: skip
