"""The conversation: the next question that is open, asked at the terminal or answered by what a command was given."""

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING

from ircockpit.command.progress import tell
from ircockpit.core.errors import CockpitError, DeadlineError, UsageError
from ircockpit.features.people.naming import is_named
from ircockpit.features.starting import rules
from ircockpit.features.starting.kept import Kept, keep
from ircockpit.features.starting.questions import (
    WIDTH,
    NeedsAnswer,
    Questions,
    between_words,
    explain,
)
from ircockpit.features.starting.rules import ONLY_IF_NEEDED, PARAM, Question
from ircockpit.features.systems.queries import systems
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.command.asking import Talk
    from ircockpit.features.containment.engine.spec import Param
    from ircockpit.store.workstation import Workstation

SHOWN = 20
"""Options that are listed; of more, the name is typed."""


class _Address(Exception):
    """What was typed for a connector is an address."""


class _Back(Exception):
    """The question before is to be asked once more."""


class Guide(Questions):
    """Holds the answers, and has what is open asked."""

    def __init__(
        self, station: "Workstation", given: Mapping[str, str], talk: "Talk | None", kept: Kept
    ) -> None:
        super().__init__(station, kept.answers)
        self.talk, self.recorded, self.asked = talk, kept.recorded, 0
        self._given = dict(given)
        self._before: dict[str, str] = {}
        self._unchanged: dict[str, str] = {}
        self._hung: dict[str, str] = {}
        self._needs = {key for key in ONLY_IF_NEEDED if key in given or key in kept.answers}
        self._needs |= {key for key in (*given, *kept.answers) if key.startswith(PARAM)}
        for key in given:
            self.drop(key)

    def inherited(self, name: str) -> str | None:
        """See :class:`Questions`; offered to who is there to see it, never taken for what a script left out."""
        return super().inherited(name) if self.talk is not None else None

    def complete(self) -> None:
        """Ask until nothing is open. Raises :class:`UsageError` where nobody can be asked, naming what is missing."""
        while (key := self._open()) is not None:
            try:
                self._answer(key)
            except _Back:
                self.go_back()
            except _Address as typed:
                tell("  - that is an address: it is taken for that of the control API")
                self.drop("admin")
                self._given["admin"] = str(typed)
            except CockpitError as error:
                self._trouble(key, error)

    def drop(self, key: str) -> None:
        """Have a question asked anew, and those that hang on it; the answer it had is offered again."""
        if key in self.answers:
            self._before[key] = self.answers[key]
            self._hung |= rules.hanging(self.answers, key)
        self.answers = rules.without(self.answers, key)
        # Whoever answers at another address may want none of what the one before wanted, and is not to be shown it.
        self._needs -= {
            each for each in rules.WITH.get(key, ()) if each in ONLY_IF_NEEDED and each not in self._given
        }

    def change(self, key: str) -> None:
        """Have one question asked anew; whoever goes back from there has all answers as they were."""
        self._unchanged = dict(self.answers)
        self.drop(key)

    def want(self, key: str) -> None:
        """Have a question asked that comes up only now."""
        self._needs.add(key)
        self.drop(key)

    def want_params(self) -> None:
        """Have all parameters asked, those with a default too."""
        for name in self.action.params:
            self.want(PARAM + name)

    def go_back(self) -> None:
        """Have the last question asked once more."""
        if self._unchanged:
            self.answers, self._unchanged = self._unchanged, {}
            return
        before = set(takewhile(self.answers.__contains__, self._wanted()))
        asked = [key for key in self.answers if key in before and not self.is_settled(key)]
        if asked:
            self._given.pop(asked[-1], None)
            self.drop(asked[-1])

    def is_settled(self, key: str) -> bool:
        """Whether an answer was found out, and so was nobody's."""
        found = self.seen() if key == "connector" else None
        return found is not None and len(found.connectors) == 1

    def keep(self, *, recorded: bool = False) -> None:
        """Keep the answers, so that the conversation can be taken up again."""
        self.recorded = self.recorded or recorded
        if (
            self.talk is not None or recorded
        ):  # a script that is cut off while it is on leaves what finds the way back
            keep(self.station.profile, Kept(self.answers, self.recorded))

    def _open(self) -> str | None:
        return next((key for key in self._wanted() if key not in self.answers), None)

    def _wanted(self) -> Iterator[str]:
        """Every question there is now, in its order; what follows depends on the answers before it."""
        given = self._given
        if (
            "me" in given
            or "me" in self.answers
            or not (is_named(self.station) or systems(self.station.view))
        ):
            yield "me"
        yield "system"
        known = self.known
        if "owner" in given or known is None or not known.owner:
            yield "owner"
        if "on_call" in given or known is None:
            yield "on_call"
        yield "admin"
        yield from (key for key in ("ca", "auth") if key in self._needs)
        yield "connector"
        yield "probe"
        yield from (key for key in ("probe_auth",) if key in self._needs)
        yield "action"
        yield from (PARAM + name for name, param in self.action.params.items() if self._is_open(name, param))
        yield "match"

    def _is_open(self, name: str, param: "Param") -> bool:
        from msgspec import UNSET

        return param.default is UNSET or PARAM + name in self._needs or self.inherited(name) is not None

    def _answer(self, key: str) -> None:
        if key == "connector" and key in self._given:
            value = self._chosen_connector()
        else:
            question = self.question(key)
            value = self._value(question)
        self._before[key] = value  # where it turns out wrong, what was typed is there to be mended
        self.try_answer(key, value)
        self._before.pop(key)
        self._unchanged = {}
        self.answers[key] = value
        if key in ("connector", "action") and self._hung.pop(key, None) == value:
            # It is the same again, so what hung on it holds as before.
            again = rules.hanging(self._hung | {key: value}, key)
            self.answers |= again
            self._hung = {each: held for each, held in self._hung.items() if each not in again}
        self.keep()

    def _chosen_connector(self) -> str:
        """One that was named is not asked for, and what answers is not asked what it is."""
        return rules.one_of([each.id for each in self._fitting()], "connector")(self._given["connector"])

    def _value(self, question: Question) -> str:
        if question.key in self._given:
            return question.chosen(self._given[question.key])
        if self._is_settled(question):
            if question.key != "connector":
                said = f"{question.text}: {line(str(question.default), 60)}, the only one there is"
                for each in between_words(said):
                    tell(each)
            return str(question.default)
        if self.talk is not None:
            return self._ask(question, self.talk)
        if question.default is not None:
            return question.default
        raise UsageError(
            f"{question.text}: that is missing, and nobody can be asked here", safe="nothing was recorded",
            fix=f"add {question.flag}. {question.help}",
        )  # fmt: skip

    def _is_settled(self, question: Question) -> bool:
        """Whether there is only one answer, and nobody has gone back to give another."""
        only = [option.value for option in question.options] == [question.default]
        return only and question.key not in self._before

    def _ask(self, question: Question, talk: "Talk") -> str:
        for number, option in enumerate(question.options[:SHOWN], 1):
            label = f"  {option.label}" if option.label and option.label != option.value else ""
            # Cut to a line: what wraps begins a row of its own, where words of the program stand.
            tell(f"  {number:>2} {line(f'{line(option.value, 40)}{label}', WIDTH - 5)}")
        if len(question.options) > SHOWN:
            tell(f"     and {len(question.options) - SHOWN:,} more: type its name")
        hung = self._hung.get(question.key) if question.key in ONLY_IF_NEEDED else None
        default = self._before.get(question.key, hung or question.default)
        shown = "" if default is None else f" [{line(default, 60) or 'none'}]"
        while True:
            *before, last = between_words(f"{question.text}{shown}:")
            for each in before:
                tell(each)
            typed = talk(f"{last} ").strip()
            if typed == "<":
                raise _Back
            if question.key == "connector" and rules.is_address(typed):
                raise _Address(typed)
            if typed == "?" or (not typed and default is None):
                explain(question.help)
                continue
            self.asked += 1
            return question.chosen(typed or str(default))

    def _trouble(self, key: str, error: CockpitError) -> None:
        """Tell what is wrong, and have it asked again; without anybody to ask, it ends here."""
        if self.talk is None:
            raise error
        explain(error.what if isinstance(error, NeedsAnswer) else error.in_one(), "- ")
        if (
            key == "connector"
            and isinstance(error, DeadlineError)
            and self.answers["admin"].startswith("http")
        ):
            explain("if that is no HTTP but an API of lines, as HAProxy's runtime API is: tcp://HOST:PORT")
        self._given.pop(key, None)
        if isinstance(error, NeedsAnswer):
            self._given.pop(error.key, None)
            self.want(error.key)
        elif key == "connector" and not isinstance(error, UsageError):  # nobody answers there
            self._given.pop("admin", None)
            self.drop("admin")
