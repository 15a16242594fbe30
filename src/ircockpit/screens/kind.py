"""The kind of an incident and the questions of that kind: digits choose, Enter types, every answer saved at once."""

from collections.abc import Callable
from typing import Any

from textual.widget import Widget

from ircockpit.core.errors import CockpitError
from ircockpit.features.triage import codes
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.branches import Asked
from ircockpit.features.triage.filling import fill, how, told
from ircockpit.features.triage.queries import (
    Given,
    Triage,
    branch_of,
    core_facts,
    given_in,
    kind_titles,
    likely_kinds,
    playbooks_for,
    triage_of,
    values_of,
    verdict,
)
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.judging import Judging
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar

SHOWN_CODES = 8
"""Codes that stand above the prompt while one is typed."""


class KindForm(Judging):
    """First which kind it is, the likeliest first; then the questions of that kind, one under the other."""

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._pane = Pane()
        self._at = 0
        self._saved = ""
        self._choosing = not triage_of(deck.station.view, ident).category
        self._kinds = likely_kinds(deck.station.view, ident)
        self._titles = kind_titles(deck.station.profile.folder)
        self._sought = ""
        """What stands in the prompt while a code is looked for."""
        if not self._choosing:
            self._next_open()

    def body(self) -> list[Widget]:
        """Lines alone."""
        return [self._pane]

    def crumb(self) -> str:
        """Which form it is."""
        return "kind"

    def own_keys(self) -> dict[str, Callable[[], None]]:
        """Digits answer, Enter types, the rest moves."""
        moves = {"up": -1, "k": -1, "down": 1, "j": 1}
        return {
            **{key: lambda step=step: self._move(step) for key, step in moves.items()},  # type: ignore[misc]
            **{str(digit): lambda digit=digit: self._digit(digit) for digit in range(1, 10)},  # type: ignore[misc]
            "0": self._take_back, "backspace": self._take_back, "enter": self._enter,
            "escape": self._back, "q": self._back,
        }  # fmt: skip

    def _back(self) -> None:
        self.app.pop_screen()

    def hint_line(self) -> Line:
        """The keys of what stands here."""
        chosen = (("1-9", "choose"), ("↑↓ Enter", "any"))
        asked = (("1-9", "answer"), ("Enter", "type, or on"), ("0", "take back"), ("↑↓", "move"))
        return hint_spans((*(chosen if self._choosing else asked), ("Esc", "back, kept")))

    def refresh_data(self) -> None:
        """The severity above, the kinds or the questions, and what helps with the one under the cursor below."""
        row, found = self.read_row(), triage_of(self.deck.station.view, self.ident)
        severity = (Span(" "), Span(verdict(row.severity, found), row.severity.lower()))
        lines: list[Line] = [severity, (Span(f" {words(row.title)}", "dim"),), ()]
        lines += self._kind_lines() if self._choosing else self._question_lines(found)
        lines += [
            (),
            (Span(f" {self._saved or 'every answer is kept at once'}", "ok" if self._saved else "dim"),),
        ]
        self._pane.show(lines)

    def _kind_lines(self) -> list[Line]:
        lines: list[Line] = [
            (Span(" Which kind of incident is it?", "title"), Span("  the likeliest first", "dim"))
        ]
        for at, kind in enumerate(self._kinds):
            mark = Span(" >" if at == self._at else "  ", "accent")
            digit = Span(f"{at + 1} " if at < 9 else "  ", "key")
            lines.append(
                (
                    mark,
                    digit,
                    Span(clean(self._titles.get(kind, kind)), "title" if at == self._at else "text"),
                )
            )
        return lines

    def _question_lines(self, found: Triage) -> list[Line]:
        fitting = ", ".join(playbooks_for(self.deck.station.view, self.ident, found))
        head: Line = (
            Span(f" {clean(self._titles.get(found.category, found.category))}", "title"),
            Span(f"   playbook {fitting}" if fitting else "", "dim"),
        )
        lines: list[Line] = [head]
        given = {
            each.question: each
            for each in given_in(self.deck.station.view, self.ident)
            if each.form == found.category
        }
        for at, each in enumerate(self._asked(found)):
            here = at == self._at
            lines.append(self._answer_line(at, each, given.get(each.id), here=here))
            if here:
                lines += self._help(each, given.get(each.id))
        return lines

    def _answer_line(self, at: int, asked: Asked, answer_: Given | None, *, here: bool) -> Line:
        value = told(self.deck.station, asked, answer_.value) if answer_ else ""
        label = Span(f"{at + 1} {clean(asked.ask)}  ", "title" if here else "text")
        who = Span(f"  {words(answer_.who)}", "dim") if answer_ and value else Span("")
        return (
            Span(" >" if here else "  ", "accent"),
            label,
            Span(words(value) or "[ ]", "accent" if value else "dim"),
            who,
        )

    def _help(self, asked: Asked, answer_: Given | None) -> list[Line]:
        lines: list[Line] = []
        if asked.choices:
            pairs = [(Span(f"  {n} ", "key"), Span(clean(word))) for n, word in enumerate(asked.choices, 1)]
            for start in range(0, len(pairs), 4):
                lines.append((Span("    "), *(span for pair in pairs[start : start + 4] for span in pair)))
        else:
            lines.append((Span(f"      Enter: {clean(how(asked))}", "dim"),))
        if asked.help:
            lines.append((Span(f"      {clean(asked.help)}", "dim"),))
        if asked.evidence:
            lines.append((Span(f"      keep: {clean(asked.evidence)}", "accent"),))
        if answer_ and answer_.sides:
            sides = ", ".join(f"{who} says {side}" for who, side in answer_.sides)
            lines.append((Span(f"      disagree: {words(sides)}", "bad"),))
        if asked.type == "code" and self.bar.asking:
            found = codes.search(self._taxonomies(asked), self._sought)[:SHOWN_CODES]
            lines += [
                (
                    Span(f"      {each.scheme} {each.version} {clean(each.code.code):12} ", "key"),
                    Span(clean(each.code.name)),
                )
                for each in found
            ]
        return lines

    def _taxonomies(self, asked: Asked) -> tuple[codes.Taxonomy, ...]:
        shelf = codes.taxonomies_in(self.deck.station.profile.folder)
        return tuple(codes.taxonomy(shelf, name) for name in asked.taxonomy)

    def _asked(self, found: Triage) -> tuple[Asked, ...]:
        branch = branch_of(found)
        values = values_of(given_in(self.deck.station.view, self.ident), found.category)
        return branch.asked(core_facts(found), values) if branch else ()

    def _here(self) -> Asked | None:
        asked = self._asked(triage_of(self.deck.station.view, self.ident))
        return asked[self._at] if self._at < len(asked) else None

    def _move(self, step: int) -> None:
        found = triage_of(self.deck.station.view, self.ident)
        last = len(self._kinds if self._choosing else self._asked(found)) - 1
        self._at = min(max(self._at + step, 0), max(last, 0))
        self.refresh_data()

    def _digit(self, digit: int) -> None:
        if self._choosing:
            if digit <= len(self._kinds):
                self._choose(self._kinds[digit - 1])
            return
        asked = self._here()
        if asked is None or digit > len(asked.choices):
            self.say("there is no such answer", "warn")
        elif asked.type == "several":
            # A digit adds, or takes out again; Enter goes on.
            given = values_of(given_in(self.deck.station.view, self.ident), self._category()).get(
                asked.id, []
            )
            chosen = set(given if isinstance(given, list) else []) ^ {asked.choices[digit - 1]}
            self._record(asked, ",".join(word for word in asked.choices if word in chosen), on=False)
        else:
            self._record(asked, str(digit))

    def _enter(self) -> None:
        if self._choosing:
            self._choose(self._kinds[self._at])
            return
        asked = self._here()
        if asked is None or asked.type in ("choice", "several"):
            before = self._at
            self._next_open(after=1)
            if self._at == before:
                self.app.pop_screen()
            else:
                self.refresh_data()
            return
        self._sought = ""
        self.bar.ask("answer", (Span(f" {clean(asked.ask)} ", "key"),), limit=4000, live=asked.type == "code")
        self.refresh_data()

    def _choose(self, kind: str) -> None:
        try:
            answer(self.deck.station, incident=self.ident, category=kind)
        except CockpitError as error:
            self.tell(error)
            return
        self._choosing, self._at = False, 0
        self._next_open()
        self._told()

    def _take_back(self) -> None:
        if self._choosing:
            return
        asked = self._here()
        if self._at == 0 and asked is not None and not self._value(asked):
            self._choosing = True  # nothing stands there to be taken back but the kind itself
            self.refresh_data()
            self.bar.show_hint(self.hint_line())
        elif asked is not None:
            self._record(asked, None, on=False)

    def _record(self, asked: Asked, value: str | None, *, on: bool = True) -> bool:
        try:
            fill(self.deck.station, incident=self.ident, question=asked.id, value=value, back=not value)
        except CockpitError as error:
            self.tell(error)
            return False
        if on:
            self._next_open(after=1)
        self._told()
        return True

    def _told(self) -> None:
        self._saved = "saved" if self.deck.live or not self.deck.station.identity.hub else "saved, offline"
        self.status.show(self.deck.status(self.where()))
        self.refresh_data()
        self.bar.show_hint(self.hint_line())

    def _category(self) -> str:
        return triage_of(self.deck.station.view, self.ident).category

    def _value(self, asked: Asked) -> Any:
        return values_of(given_in(self.deck.station.view, self.ident), self._category()).get(asked.id)

    def _next_open(self, after: int = 0) -> None:
        """The next question without an answer from here on, then from the top; where all have one, it stays."""
        asked = self._asked(triage_of(self.deck.station.view, self.ident))
        given = values_of(given_in(self.deck.station.view, self.ident), self._category())
        around = [(self._at + after + step) % len(asked) for step in range(len(asked))] if asked else []
        self._at = next(
            (at for at in around if asked[at].id not in given), min(self._at, max(len(asked) - 1, 0))
        )

    def on_prompt_bar_changed(self, event: PromptBar.Changed) -> None:
        """Codes narrow while one is typed."""
        if event.purpose == "answer":
            self._sought = event.text
            self.refresh_data()

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """An answer in words."""
        event.prevent_default()  # the handler below this one runs by the call, not a second time by itself
        if event.purpose != "answer":
            super().on_prompt_bar_submitted(event)
            return
        asked = self._here()
        if asked is None or not event.text.strip():
            self.say("nothing was typed, nothing is recorded")
            self.refresh_data()
        elif not self._record(asked, event.text):
            # What was typed is not lost with the failure: it stands there again, to be changed.
            self.refresh_data()
