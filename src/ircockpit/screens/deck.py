"""What all screens share: the open workstation, the registry, the hub's state, what runs now."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.command.action import Action, Result
from ircockpit.command.gestures import GESTURES
from ircockpit.command.keys import Entry, Own, keys_of, named, own_keys
from ircockpit.core.errors import CockpitError, StoreError
from ircockpit.features.care.arming import ARM, DISARM, Arm, record
from ircockpit.features.catalogue import actions, own_keys_are, settle
from ircockpit.inert.foreign import blur_quoted, only_safe, words
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import duration, glyph
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_minute
from ircockpit.screens.places import History, Place
from ircockpit.store.settings import Settings
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.status_line import Status

if TYPE_CHECKING:
    from ircockpit.screens.sending import Sending
    from ircockpit.sync.state import SyncState


class Running(NamedTuple):
    """A containment that is taking effect: what its latest step said."""

    title: str
    state: str
    elapsed_ms: int | None


class Remade(NamedTuple):
    """How many entries are in a view in the making, and how many there are."""

    done: int
    total: int

    def words(self) -> str:
        """``12,000 of 200,000 entries``."""
        return f"{self.done:,} of {self.total:,} entries"


_DEFAULTS = Settings()


class Deck:
    """One cockpit's shared state. Screens read it; only the app and its threads' messages change it."""

    def __init__(
        self,
        station: Workstation,
        *,
        feed: Callable[[], Sequence[Line]] | None = None,
        settings: Settings = _DEFAULTS,
        complaints: Sequence[str] = (),
    ) -> None:
        self.station = station
        self.settings = settings
        self.actions: tuple[Action, ...] = actions()
        self.entries: tuple[Entry, ...] = (*self.actions, *GESTURES)
        """Everything that has keys: actions, then gestures."""
        self.keys: Own = {}
        self.complaints: tuple[str, ...] = ()
        """What of the settings is not used, a sentence each, until somebody has said it."""
        self.arm = Arm()
        self.take_on(settings, complaints)
        self.hub: SyncState | None = None
        self.running: Running | None = None
        self.sending: Sending | None = None
        """The run of sealed prompts that is on its way beside the screens."""
        self.remaking: Remade | None = None
        """How far the view that is made anew beside the screens is."""
        self.leave_view: Callable[[], bool] = lambda: False
        """Leaves making it; whether it was being made."""
        self.last_incident = ""
        self.history = History()
        self.sought: dict[Place, str] = {}
        """The filter that was left in each place."""
        self.left_at: dict[Place, str] = {}
        """The key of the row the cursor was left on, by place."""
        self.parting = ""
        """What a screen that was left has to say, on the one that comes to the front."""
        self.feed = feed
        """Lines above the prompt bar that somebody else keeps, always as many; ``None`` where there are none."""
        self.plug: Callable[[], bool] | None = None
        """Pulls the hub's cable out or puts it back, where it can be; returns whether it is in."""
        self.untold: StoreError | None = None
        """Why the view has stopped following, until somebody has said so."""
        self._seen = station.log.data_version()

    def take_on(self, settings: Settings, complaints: Sequence[str] = ()) -> None:
        """Have these settings from now on."""
        if settings.care.safe != self.settings.care.safe:
            only_safe(settings.care.safe)
        blur_quoted(settings.care.blur)
        self.arm.read_only = settings.care.read_only
        self.settings = settings
        self.station.local = settings.times == "local"
        self.keys, unused = own_keys(self.entries, settings.keys)
        own_keys_are(lambda: settings.keys)
        self.complaints = (*complaints, *unused)

    def changed_elsewhere(self) -> bool:
        """Whether another process or thread has written since the last call; the view follows it.

        Whoever wrote may have brought the view up to date as well, so what is left to fold in says nothing.
        """
        now = self.station.log.data_version()
        if now == self._seen and not self.station.view.moved():
            return False
        self._seen = now
        self.follow()
        return True

    def follow(self) -> None:
        """Bring the view up to the log; where it cannot follow, the screens go on with what they show."""
        before, self.station.trouble = self.station.trouble, None
        try:
            self.station.refresh()
            settle(self.station)
        except StoreError as error:
            self.station.trouble = error
            if before is None or before.what != error.what:
                self.untold = error

    def status(self, where: str) -> Status:
        """The first line of a screen."""
        *way, here = clean(where).split(" > ")
        return Status(
            where=(*self._armed(), *(Span(f"{each} > ", "dim") for each in way), Span(here, "title")),
            who=(Span(clean(self.station.identity.name)),), running=self._running_line(),
            hub=self.hub_words(), clock=at_minute(self.station.clock.wall_us(), self.station.shown_offset),
        )  # fmt: skip

    def _armed(self) -> Line:
        left = self.arm.left_s
        return (Span(f"armed {ceil(left / 60)}m  ", "warn"),) if left else ()

    def heed(self, action: Action, result: Result) -> None:
        """What an action that was done means for this cockpit itself."""
        if action.id == ARM:
            self.arm.begin(result.data["minutes"])
        elif action.id == DISARM:
            self.arm.end()

    def end_arm(self, why: str) -> bool:
        """The cockpit is armed no more, on record where that can be; whether it was."""
        if not self.arm.end():
            return False
        with suppress(CockpitError):  # it has ended, whether that can be put on record or not
            record(self.station, 0, why)
        return True

    @property
    def live(self) -> bool:
        """Whether the hub hears of everything at once."""
        return self.hub is not None and self.hub.link in ("live", "syncing")

    def hub_words(self) -> Line:
        """Whether the hub is there, in words."""
        if self.hub is None or self.hub.link == "not joined":
            return (Span("no hub", "dim"),)
        if self.hub.alarms:
            return (Span(f"hub: {len(self.hub.alarms)} alarms, press {self.key('sync.standing')}", "bad"),)
        words = self.hub.words(self.station.clock.wall_us())
        return (Span(f"hub {clean(words)}", "ok" if self.live else "warn"),)

    def _running_line(self) -> Line:
        run = self.running
        if run is None and self.remaking is not None:
            return (Span(f"view anew: {100 * self.remaking.done // max(self.remaking.total, 1)} %", "dim"),)
        if run is None:
            return ()
        took = f" {duration(run.elapsed_ms)}" if run.elapsed_ms is not None else ""
        return (Span(f"{glyph(run.state)} {words(run.title, 'a control')} {run.state}{took}", "accent"),)

    def entry(self, ident: str) -> Entry:
        """The action or gesture with this id."""
        return next(entry for entry in self.entries if entry.id == ident)

    def key(self, ident: str) -> str:
        """The first key of an entry as the person has it, as it is written; ``:`` and its words where it has none."""
        return named(self.entry(ident), self.keys)

    def trigger(self, entry: Entry) -> str:
        """The key that leads to an entry, and so never confirms it; empty where there is none."""
        return (*keys_of(entry, self.keys), "")[0]

    def complaint(self) -> str:
        """What is wrong with the settings, in one sentence and once; empty where nothing is."""
        (first, *more), self.complaints = self.complaints or ("",), ()
        return (
            f"settings: {len(more) + 1} things are not used, ircockpit doctor names them" if more else first
        )

    def action(self, ident: str) -> Action:
        """The entry of the registry with this id."""
        return next(action for action in self.actions if action.id == ident)
