"""Judging answers blind: one at a time under blur, before and after mixed, a digit says what it is, and the next one comes."""

from typing import Any, ClassVar

from ircockpit.core.errors import CockpitError
from ircockpit.features.intake.raw import turns
from ircockpit.features.replay import queries
from ircockpit.features.replay.events import OTHER, REFUSED, REPRODUCED
from ircockpit.features.replay.judging import Item, Sheet, judge
from ircockpit.features.replay.recording import result_words
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.revealed import Revealed

VERDICTS = (("1", REPRODUCED, "does the harm"), ("2", OTHER, "does not"), ("3", REFUSED, "declines"))


class BlindJudging(Revealed):
    """The page of raw words with a verdict at its end. Nothing on it tells of which run an answer is."""

    PLACE: ClassVar[str] = "reveal"

    def __init__(self, deck: Deck, sheet: Sheet, why: str) -> None:
        self._sheet, self._why, self._care_blurs = sheet, why, deck.settings.care.blur
        self._left = list(sheet.items)
        self._given = sheet.total - len(sheet.items)
        super().__init__(deck, self._data_of(self._left[0]), tuple(self._lines_of(self._left[0])))

    def where(self) -> str:
        """What is done here."""
        return "judge answers"

    def own_keys(self) -> dict[str, Any]:
        """A digit is a verdict; ``n`` for no more."""
        given = {digit: (lambda verdict=verdict: self._give(verdict)) for digit, verdict, _ in VERDICTS}
        return {**super().own_keys(), **given}

    def own_help(self) -> list[tuple[str, str]]:
        """The same for help."""
        return [*((digit, f"this answer {said}") for digit, _, said in VERDICTS), *super().own_help()]

    def first_hints(self) -> list[tuple[str, str]]:
        """The verdicts, and how not to see it."""
        return [*((digit, said) for digit, _, said in VERDICTS), *super().first_hints()]

    def _give(self, verdict: str) -> None:
        try:
            judge(self.deck.station, self._left[0], verdict)
        except CockpitError as error:
            self.tell(error)
            return
        self._blur()
        del self._left[0]
        self._given += 1
        if not self._left:
            self.deck.parting = self._result()
            self.app.pop_screen()
            return
        item = self._left[0]
        self._data, self._head = self._data_of(item), tuple(self._lines_of(item))
        self._turns = turns(self._data)
        self.refresh_data()
        self._rows.top()

    def _result(self) -> str:
        station = self.deck.station
        return result_words(station, queries.run(station.view, self._sheet.run))

    def _data_of(self, item: Item) -> dict[str, Any]:
        blurred = self._sheet.blurred and self._care_blurs
        said = {"prompt": item.prompt} if item.prompt else {}
        return {
            "short": "answers", "signal": self._sheet.run, "category": self._sheet.category, "blurred": blurred,
            **said, "output": item.output,
        }  # fmt: skip

    def _lines_of(self, item: Item) -> list[Line]:
        place = f"answer {item.handle}, {self._given + 1} of {self._sheet.total}"
        return [
            (Span(place, "key"), Span(f"  {self._sheet.category}", "dim")),
            (
                Span(
                    f"which run it is of is not told; that you look is on the record: {clean(self._why)}",
                    "dim",
                ),
            ),
        ]
