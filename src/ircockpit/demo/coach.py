"""The two lines the demo keeps above the prompt: what the lab's users read now, and what to try next."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.command.keys import WITHIN
from ircockpit.demo import story
from ircockpit.demo.lab import WRONG
from ircockpit.demo.stage import Stage
from ircockpit.features.catalogue import key_of
from ircockpit.features.containment.queries import standings
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.triage.queries import triage_of
from ircockpit.features.triage.rules import FORM
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from ircockpit.screens.deck import Deck
    from ircockpit.store.workstation import Workstation

ENOUGH = 3
"""Answers after which the path goes on; the others can be given at any time."""


class Step(NamedTuple):
    """What to try next: a key, empty where there is nothing to press, and why."""

    key: str
    words: str


class Scene(NamedTuple):
    """How far the person has come, as the record and the cable say."""

    stopped: str
    """Containment state of the pharmacy bot, empty where nothing was switched."""
    answers: int
    """Triage questions answered."""
    noted: bool
    cut_before: bool
    """Whether the hub was unplugged at least once."""
    plugged: bool
    live: bool
    """Whether the hub hears of everything at once."""
    mine: bool
    """Whether the person owns the incident."""
    edited_apart: bool
    """Whether the person changed a field while unplugged."""
    disputed: bool
    place: str = "queue"
    """Which screen is in front."""


def next_step(scene: Scene) -> Step:
    """The next step of the path; whoever leaves the path finds back to it here."""
    if not scene.plugged:
        return _apart(scene)
    if scene.cut_before and not scene.live:
        return Step("", "the hub is asked again: what waited on either side goes over now")
    if scene.disputed:
        return _disputed(scene)
    if scene.stopped in ("", "open", "failed"):
        return Step(
            key_of("containment.stop"), "stops it: read the plan, f sends it, then watch what the bot says"
        )
    if scene.stopped not in ("effective", "unverified"):
        return Step("", "watch: accepted, recorded, effective after three probes in a row")
    if scene.answers < ENOUGH and not scene.noted:
        left = len(FORM) - scene.answers
        if scene.place == "triage":
            return Step("1-5", f"answers: the severity follows at once; {left} left, Enter when done")
        return Step(
            key_of("triage.answer"), f"triages it: digits answer, the severity follows at once; {left} left"
        )
    if scene.place == "triage":
        return Step("Enter", "goes back; every answer is kept")
    if not scene.noted:
        return Step(
            key_of("incident.note"), f"writes a note; {story.COLLEAGUE} answers from her own workstation"
        )
    if not scene.cut_before:
        return Step("o", "unplugs the hub: you and the others work on, each alone")
    return Step(key_of("screen.leave"), "leaves: timeline, verification and the way to your own system")


def _disputed(scene: Scene) -> Step:
    leave = key_of("screen.leave")
    if WITHIN.get(scene.place, scene.place) == "incident":
        return Step(
            key_of("incident.settle"),
            f"settles it: a digit says whose version holds; {leave}, {leave} leaves",
        )
    if scene.place == "queue":
        return Step(
            key_of("row.open"),
            f"shows both with their authors; {key_of('incident.settle')} settles it there, {leave} leaves",
        )
    return Step(
        key_of("screen.leave"), "goes back to the queue: (!) marks what the two of you see differently"
    )


def _apart(scene: Scene) -> Step:
    if scene.edited_apart:
        return Step("o", "plugs the hub in again: both of you changed the same field")
    if scene.mine:
        return Step(
            key_of("triage.answer"),
            f"changes an answer; {story.COLLEAGUE} changes the same one, unseen by you",
        )
    return Step(
        key_of("incident.take"),
        f"takes the incident; {story.COLLEAGUE} takes it too, and neither sees the other",
    )


class Coach:
    """Reads the record, says the next step, and tells the colleague what she cannot see."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.deck: Deck | None = None
        """What the cockpit's screens share, once there is a cockpit."""
        self._cut_us = 0
        self._cued: set[tuple[str, str]] = set()
        self.place: Callable[[], str] = lambda: "queue"
        """Which screen is in front, once there are screens."""
        self._known: tuple[int, bool, bool, str] | None = None
        self._step = Step("", "")

    def toggle(self) -> bool:
        """Pull the hub's cable out or put it back; returns whether it is in."""
        there = self._stage.cable.toggle()
        if not there and self.deck is not None:
            self._cut_us = self.deck.station.clock.wall_us()
            self._cued.clear()
            self._cue(self._stage.pharmacy, "owner", "")
        return there

    def lines(self) -> list[Line]:
        """The lab's newest exchange, and the next step."""
        seen = self._stage.seen
        users: Line = (Span(" lab: no users yet", "dim"),)
        if seen is not None:
            asked = f" lab {seen.at} UTC  user: {clean(seen.user)}  bot: "
            users = (Span(asked, "dim"), Span(clean(seen.bot), "bad" if seen.bot == WRONG else "ok"))
        step = self._now()
        key = f"{step.key} " if step.key else ""
        return [users, (Span(" next  ", "dim"), Span(key, "key"), Span(step.words, "dim"))]

    def _now(self) -> Step:
        if self.deck is None:
            return Step("", "")
        now = (self.deck.station.view.applied, self._stage.cable.is_in, self.deck.live, self.place())
        if now != self._known:
            self._known = now
            self._follow_edits(self.deck.station)
            self._step = next_step(self._scene(self.deck))
        return self._step

    def _scene(self, deck: "Deck") -> Scene:
        station, ident = deck.station, self._stage.pharmacy
        row = incidents(station.view, [ident])[0]
        standing = standings(station.view, [ident]).get(ident)
        noted = station.view.rows(
            "SELECT 1 FROM entry WHERE type = 'incident.noted' AND actor = ? LIMIT 1", (station.me,)
        )
        disputed = station.view.rows("SELECT 1 FROM incident WHERE disputed <> '' LIMIT 1")
        return Scene(
            stopped=standing.state if standing else "", answers=len(triage_of(station.view, ident).answers),
            noted=bool(noted), cut_before=self._cut_us > 0, plugged=self._stage.cable.is_in, live=deck.live,
            mine=row.owner == station.me, edited_apart=bool(self._edits(station)), disputed=bool(disputed),
            place=self.place(),
        )  # fmt: skip

    def _edits(self, station: "Workstation") -> list[tuple[str, str, str]]:
        """Incident or triage, field and value of what the person changed since the cable was pulled out."""
        rows = station.view.rows(
            "SELECT ent, field, json_extract(body, '$.value') FROM entry WHERE actor = ? AND wall >= ?"
            " AND type IN ('incident.set', 'triage.answered') AND field IS NOT NULL ORDER BY lam",
            (station.me, self._cut_us),
        )
        return [(str(ent), str(field), str(value)) for ent, field, value in rows]

    def _follow_edits(self, station: "Workstation") -> None:
        # Cut off, she cannot see what the person changes; the demo wants her to change the same.
        if self._stage.cable.is_in:
            return
        subjects = dict(station.view.rows("SELECT id, incident FROM triage"))
        for ent, field, value in self._edits(station):
            self._cue(str(subjects.get(ent, ent)), field, value)

    def _cue(self, incident: str, field: str, value: str) -> None:
        if (incident, field) in self._cued:
            return
        self._cued.add((incident, field))
        if field == "owner":
            self._stage.cue(act="take", incident=incident)
            return
        question = next((each for each in FORM if each.field == field), None)
        if question is not None:
            other = next(choice for choice in question.choices if choice != value)
            self._stage.cue(act="answer", incident=incident, field=field, choice=other)
