"""The Textual app: it follows the log, keeps the clock, and hands threads' news to the screen in front."""

import gc
import os
import threading
from typing import TYPE_CHECKING, Any

from textual.message import Message

from ircockpit.core.errors import CockpitError, StoreError
from ircockpit.inert.gate import clean
from ircockpit.screens.deck import Deck, Remade, Running
from ircockpit.screens.first_page import keep_page
from ircockpit.screens.frame import Frame
from ircockpit.screens.queue import Queue
from ircockpit.screens.remaking import Remaking
from ircockpit.screens.telling import Telling
from ircockpit.screens.theme import Look, look
from ircockpit.screens.travelling import SettingsChanged
from ircockpit.screens.watching import Watching
from ircockpit.widgets.calm_app import CalmApp

if TYPE_CHECKING:
    from textual.screen import Screen

    from ircockpit.features.clocks.due import Bell
    from ircockpit.features.containment.monitoring import News
    from ircockpit.sync.state import SyncState
    from ircockpit.sync.worker import SyncWorker

WATCH_S = 0.25
CLOCK_S = 10.0
LATER_S = 0.15
"""Seconds after the first screen at which what may come later begins: the hub, a look through what was cut off."""
BETWEEN_S = 0.05
"""Seconds between two looks at a few clocks: keys are heard in between."""
MINUTE_US = 60_000_000


class CockpitApp(CalmApp):
    """One cockpit on one open workstation."""

    TITLE = "ircockpit"

    class HubNews(Message):
        """The sync thread's state changed."""

        def __init__(self, state: "SyncState") -> None:
            super().__init__()
            self.state = state

    class StepNews(Message):
        """A containment that runs beside the screen took a step; ``None``: it has ended."""

        def __init__(self, running: Running | None) -> None:
            super().__init__()
            self.running = running

    class ViewNews(Message):
        """The view in the making has got further; without ``remade``, it has ended."""

        def __init__(self, remade: Remade | None, error: CockpitError | None = None) -> None:
            super().__init__()
            self.remade = remade
            self.error = error

    class ControlNews(Message):
        """The monitor has found a control changed or silent, or one that is past its time."""

        def __init__(self, news: "News") -> None:
            super().__init__()
            self.news = news

    class Unsound(Message):
        """A database of this profile is not as it must be."""

        def __init__(self, trouble: StoreError) -> None:
            super().__init__()
            self.trouble = trouble

    class WatchNews(Message):
        """Runs that were due were sent, or could not be."""

        def __init__(self, said: str, error: CockpitError | None) -> None:
            super().__init__()
            self.said = said
            self.error = error

    class NoticeNews(Message):
        """A notice was sent by itself, or could not be."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    class DutiesRead(Message):
        """The rule book of the legal clocks is read, so that screens can name what is due."""

    def __init__(self, chosen: Look, deck: Deck) -> None:
        super().__init__(
            chosen.palette, chosen.theme, clean, show_cursor=bool(os.environ.get("IRCOCKPIT_A11Y"))
        )
        self.deck = deck
        self._sync: SyncWorker | None = None
        self._remaking: Remaking | None = None
        self._view_left = False
        """Whether the view is not to be made anew any more: somebody left it, or it failed."""
        deck.leave_view = self.leave_view
        self._bell: Bell | None = None
        self._watching = Watching(deck, lambda news: self.post_message(self.ControlNews(news)))
        self._telling = Telling(deck, lambda said: self.post_message(self.NoticeNews(said)))
        self._tried: dict[str, int] = {}
        """When a watch whose run could not be sent is tried again."""
        self._minute = deck.station.clock.wall_us() // MINUTE_US

    def on_mount(self) -> None:
        """The queue, then everything that may come later."""
        self.push_screen(Queue(self.deck))
        self.set_interval(WATCH_S, self._watch)
        self.set_interval(CLOCK_S, self._tick)
        self.app_suspend_signal.subscribe(self, lambda _: self.deck.end_arm("suspended"))
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        # Keys typed ahead are on the screen by then, and the next one waits for nothing of this.
        self.set_timer(LATER_S, self._started)

    def _started(self) -> None:
        gc.freeze()  # libraries and first screen are looked through no more
        gc.enable()
        self._start_sync()
        self._watching.tick()
        self._telling.tick()
        threading.Thread(target=self._look_through, name="soundness", daemon=True).start()
        self._read_duties()

    def _read_duties(self) -> None:
        threading.Thread(target=self._read_beside, name="duties", daemon=True).start()

    def _read_beside(self) -> None:
        from ircockpit.features.clocks.rulebook import rulebook

        rulebook(self.deck.station.profile.folder)
        self.post_message(self.DutiesRead())

    def on_cockpit_app_duties_read(self, _: DutiesRead) -> None:
        """From now on screens name what is due, and alarms are said."""
        from ircockpit.features.clocks.due import Bell

        self._bell = Bell(self.deck.station)
        for screen in self.screen_stack:
            if isinstance(screen, Frame):
                screen.duties_known()
        self._ring()

    def _ring(self) -> None:
        """An alarm is a sentence in the place of the hints: it takes no key, and waits for questions and for what was said."""
        if self._bell is None:
            return
        if self._bell.look():
            self.set_timer(BETWEEN_S, self._ring)
        elif isinstance(self.front, Frame) and self.front.bar.free:
            said = self._bell.ring()
            if said:
                self.front.say(f"{said}; {self.deck.key('tab.clocks')} in the incident shows it", "warn")

    def _look_through(self) -> None:
        from ircockpit.store.soundness import after_a_stop

        try:
            trouble = after_a_stop(self.deck.station.profile)
        except StoreError as error:
            trouble = error
        if trouble is not None:
            self.post_message(self.Unsound(trouble))

    def on_cockpit_app_unsound(self, event: Unsound) -> None:
        """Say what was found where the last use of the profile was cut off."""
        if isinstance(self.front, Frame):
            self.front.tell(event.trouble)

    def _start_sync(self) -> None:
        from ircockpit.blobs.files import FileBlobs
        from ircockpit.features.evidence.queries import copy_gate_of
        from ircockpit.sync.worker import SyncWorker

        FileBlobs(self.deck.station.profile.blobs).sweep()
        self._sync = SyncWorker(self.deck.station.profile, copy_gate_of, self._hub_news)
        self._sync.start()

    def _hub_news(self, state: "SyncState") -> None:
        self.post_message(self.HubNews(state))

    def wake_sync(self) -> None:
        """Ask the hub now, however long ago it was last found silent."""
        if self._sync is not None:
            self._sync.wake()

    def on_settings_changed(self, _: SettingsChanged) -> None:
        """Look, times and keys follow at once, on every screen there is."""
        from ircockpit.store.settings import place, read

        self.deck.take_on(*read(place(self.deck.station.profile.folder)))
        chosen = look(os.environ, self.deck.settings.theme, plain_letters=self.deck.settings.ascii)
        if chosen.palette != self.palette:
            self.palette, self.theme = chosen.palette, chosen.theme
            for screen in self.screen_stack:
                for widget in screen.walk_children():
                    widget.refresh()
        for screen in self.screen_stack:
            if isinstance(screen, Frame):
                screen.keys_changed()
        self._show_frame()

    def on_unmount(self) -> None:
        """Let go of the hub; what it has not heard is kept and sent next time. A view in the making is thrown away."""
        self.leave_view()
        self._watching.stop()
        self._telling.stop()
        if self._sync is not None:
            self._sync.stop()

    def on_cockpit_app_hub_news(self, event: HubNews) -> None:
        """Say whether the hub is there."""
        before = self.deck.hub
        if before == event.state:
            return
        self.deck.hub = event.state
        if before is not None and before.unconfirmed != event.state.unconfirmed:
            self._follow()  # entries lose the mark of what the hub has not confirmed
        elif isinstance(self.front, Frame) and self.front.PLACE == "sync":
            self.front.refresh_data()
        self._show_frame()

    def on_cockpit_app_step_news(self, event: StepNews) -> None:
        """Say how far the containment is."""
        self.deck.running = event.running
        self._follow()
        self._show_frame()

    def on_cockpit_app_control_news(self, event: ControlNews) -> None:
        """Kept until nobody is being asked anything; the record has it already."""
        self._watching.take(event.news)
        self._say_control()

    def _say_control(self) -> None:
        if not isinstance(self.front, Frame) or not self.front.bar.free:
            return
        if said := self._watching.next() or self._telling.next():
            self.front.say(said, "warn")

    def on_cockpit_app_view_news(self, event: ViewNews) -> None:
        """Say how far the view in the making is; once it is in its place, show it."""
        self.deck.remaking = event.remade
        if event.remade is None:
            self._remaking = None
            self._follow()
            self._view_left |= self.deck.station.view.due
            if isinstance(self.front, Frame):
                if event.error is not None:
                    self.front.tell(event.error)
                elif self._view_left:
                    self.front.say("the old view stays; ircockpit rebuild makes it anew", "warn")
                else:
                    self.front.say("the view is made anew; what counts no more is out of it", "ok")
        elif isinstance(self.front, Frame) and self.front.PLACE == "sync":
            self.front.refresh_data()
        self._show_frame()

    def leave_view(self) -> bool:
        """Stop making the view anew; whether it was being made."""
        if self._remaking is None:
            return False
        self._remaking.leave()
        return True

    def _remake_where_due(self) -> None:
        """Make a view anew that cannot follow by adding: beside the screens, which go on with the old one."""
        station = self.deck.station
        if not station.view.due or self._remaking is not None or self._view_left:
            return
        self.deck.remaking = Remade(0, station.log.count())
        self._remaking = Remaking(
            station.profile.folder,
            lambda done, total: self._post_view(Remade(done, total)),
            lambda error: self._post_view(None, error),
        )
        self._remaking.start()
        if isinstance(self.front, Frame):
            shown = self.deck.key("sync.standing")
            self.front.say(
                f"entries here count no more: a new view is being made, {shown} shows how far", "warn"
            )
        self._show_frame()

    def _post_view(self, remade: Remade | None, error: CockpitError | None = None) -> None:
        self.post_message(self.ViewNews(remade, error))

    def _fatal_error(self) -> None:
        """End the screen without Textual's own report: it prints local variables, and those may be anything."""
        self._close_messages_no_wait()

    @property
    def defect(self) -> Exception | None:
        """The failure nobody expected that ended the screen."""
        return self._exception

    def cannot_suspend(self) -> None:
        """Said, because Ctrl-Z otherwise seems to be dead."""
        if isinstance(self.front, Frame):
            self.front.say("no shell here could bring the cockpit back, so it was not suspended", "warn")

    def _watch(self) -> None:
        if self.deck.arm.over and self.deck.end_arm("its time is over, or the machine slept"):
            self._show_frame()
        if self.deck.changed_elsewhere():
            self._follow()
        self._remake_where_due()
        self._say_control()
        if self.deck.feed is not None:
            self._show_frame()

    def _tick(self) -> None:
        self._show_frame()
        self._ring()
        self._watching.tick()
        self._telling.tick()
        self._repeat_runs()
        keep_page(self.deck.station)  # a terminal that is closed leaves no time for it
        minute = self.deck.station.clock.wall_us() // MINUTE_US
        if minute != self._minute:
            self._minute = minute
            self._follow()  # ages go on though nothing happens

    def _repeat_runs(self) -> None:
        """Send the runs that are due of watches begun here: what one began is sent while a cockpit may reach the outside."""
        from ircockpit.features.replay.watching import Watcher

        deck = self.deck
        if (
            deck.sending is not None
            or not deck.arm.may_ask
            or Watcher(deck.station, self._tried).next() is None
        ):
            return
        from ircockpit.screens.sending import Sending

        def ended(said: str, error: CockpitError | None) -> None:
            deck.sending = None
            self.post_message(self.WatchNews(said, error))

        deck.sending = Sending("", deck.station.clock)
        deck.sending.watch(deck.station.profile.folder, self._tried, lambda: None, ended)

    def on_cockpit_app_watch_news(self, event: WatchNews) -> None:
        """Show what they came to, and say it where nothing else is being said."""
        self._follow()
        if isinstance(self.front, Frame) and self.front.bar.free and (event.error or event.said):
            self.front.say(event.error.what if event.error else event.said, "warn")

    def on_cockpit_app_notice_news(self, event: NoticeNews) -> None:
        """Kept until nobody is being asked anything; the timeline has it already."""
        self._telling.unsaid.append(event.said)
        self._follow()
        self._say_control()

    def _follow(self) -> None:
        self.deck.follow()
        if isinstance(self.front, Frame):
            self.front.refresh_data()
            if self.deck.untold is not None:
                self.front.tell(self.deck.untold)
                self.deck.untold = None

    @property
    def front(self) -> "Screen[Any] | None":
        """The screen on top; none before the first one and after the last: news may come late, and then nobody reads them."""
        stack = self.screen_stack
        return stack[-1] if stack else None

    def _show_frame(self) -> None:
        screen = self.front
        if isinstance(screen, Frame) and screen.is_mounted:
            screen.status.show(self.deck.status(screen.where()))
            screen.show_feed()
