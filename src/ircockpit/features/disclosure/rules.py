"""The matrix of disclosure and the one function that everything goes through on its way out; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import load_yaml
from ircockpit.features.disclosure.events import AUDIENCES, CLASSES, EVERYTHING, INTERNAL, MARKINGS

UNKNOWN = "unclassified"
"""What no class was found for; it stays inside."""


class Rule(NamedTuple):
    """What holds of a class of facts."""

    marking: str
    audiences: tuple[str, ...]
    why: str


class Matrix(NamedTuple):
    """What may go to whom."""

    upto: Mapping[str, str]
    """By audience the highest marking it is handed."""
    classes: Mapping[str, Rule]


class Said(NamedTuple):
    """A marking that somebody gave a class of an incident's facts."""

    event_id: str
    about: str
    tlp: str
    lowered: bool
    over: tuple[str, ...]
    """Of a lowering the events it had seen and goes below."""


class Piece(NamedTuple):
    """A part of a document; it goes out where all of its classes may."""

    classes: tuple[str, ...]
    content: Any


class Released(NamedTuple):
    """What goes to an audience, and what does not."""

    audience: str
    pieces: tuple[Any, ...]
    """The contents of those that go, in their order."""
    tlp: str
    """The highest marking among them."""
    held: Mapping[str, int]
    """By class how many pieces were held back because of it."""
    number: int
    """Pieces that were held back."""

    def words(self) -> str:
        """The marking, and what was held back: ``Held back for partners: 2 pieces (affected ids, evidence)``."""
        if not self.number:
            return f"TLP:{self.tlp}."
        named = ", ".join(name_of(each) for each in self.held)
        pieces = f"{self.number:,} piece{'' if self.number == 1 else 's'}"
        return f"TLP:{self.tlp}. Held back for {self.audience}: {pieces} ({named})."

    def data(self) -> dict[str, Any]:
        """The same for ``--json``."""
        return {
            "audience": self.audience,
            "tlp": f"TLP:{self.tlp}",
            "held_back": self.number,
            "held_classes": dict(self.held),
        }


def release(pieces: Iterable[Piece], audience: str, matrix: Matrix, marks: Mapping[str, str]) -> Released:
    """What of a document of classified pieces goes to an audience; ``marks`` gives the marking of each class here.

    A class that is not known, and a piece of no class, stay inside.
    """
    going: list[Any] = []
    held: dict[str, int] = {}
    highest, number = 0, 0
    for piece in pieces:
        against = [each for each in piece.classes or (UNKNOWN,) if not goes(each, audience, matrix, marks)]
        if against:
            number += 1
            for each in against:
                held[each] = held.get(each, 0) + 1
        else:
            going.append(piece.content)
            highest = max(
                [highest, *(rank(_mark(each, matrix, marks)) for each in piece.classes or (UNKNOWN,))]
            )
    ordered = {each: held[each] for each in (*CLASSES, *sorted(held.keys() - CLASSES.keys())) if each in held}
    return Released(audience, tuple(going), MARKINGS[highest], ordered, number)


def goes(about: str, audience: str, matrix: Matrix, marks: Mapping[str, str]) -> bool:
    """Whether a class of facts may go to an audience: the class names it, and the marking is none too high for it."""
    rule = matrix.classes.get(about)
    if rule is None:
        return audience == INTERNAL
    return audience in rule.audiences and rank(_mark(about, matrix, marks)) <= rank(
        matrix.upto.get(audience, "CLEAR")
    )


def _mark(about: str, matrix: Matrix, marks: Mapping[str, str]) -> str:
    rule = matrix.classes.get(about)
    return marks.get(about, rule.marking if rule is not None else MARKINGS[-1])


def rank(tlp: str) -> int:
    """How few may read what is marked so; a word that is no marking counts as the last."""
    return MARKINGS.index(tlp) if tlp in MARKINGS else len(MARKINGS) - 1


def markings(matrix: Matrix, said: Sequence[Said]) -> dict[str, str]:
    """The marking of each class in an incident, after what people have said of it, in whatever order it came.

    What was raised stays so until somebody lowers it who has seen that; of several the highest holds.
    """
    whole = _standing("CLEAR", [each for each in said if each.about == EVERYTHING])
    return {
        name: MARKINGS[max(whole, _standing(rule.marking, [each for each in said if each.about == name]))]
        for name, rule in matrix.classes.items()
    }


def _standing(at_first: str, said: Sequence[Said]) -> int:
    gone = {ident for each in said if each.lowered for ident in each.over}
    left = [each for each in said if each.event_id not in gone]
    lowered = any(each.lowered for each in said)
    return max([0 if lowered else rank(at_first), *(rank(each.tlp) for each in left)])


def live(said: Sequence[Said], about: str) -> tuple[str, ...]:
    """The events about a class that nobody has gone below yet: what a lowering names."""
    gone = {ident for each in said if each.lowered for ident in each.over}
    return tuple(each.event_id for each in said if each.about == about and each.event_id not in gone)


def combined(marks: Sequence[Mapping[str, str]], matrix: Matrix) -> dict[str, str]:
    """The markings of a paper about several incidents: of each class the highest."""
    return {
        name: MARKINGS[
            max([rank(each.get(name, rule.marking)) for each in marks], default=rank(rule.marking))
        ]
        for name, rule in matrix.classes.items()
    }


def name_of(about: str) -> str:
    """A class in words."""
    return about.replace("_", " ")


_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "incident": ("timeline",), "triage": ("timeline",), "disclosure": ("timeline",), "handover": ("timeline", "responders"),
    "containment": ("timeline", "containment"), "evidence": ("timeline", "evidence"), "cohort": ("timeline", "counts"),
    "impact": ("timeline", "counts"), "affected": ("timeline", "affected_ids"), "act": ("timeline", "affected_ids"),
    "signal": ("timeline", "raw_words"), "intake": ("timeline", "raw_words"), "group": ("timeline", "raw_words"),
    "companion": ("legal",), "hold": ("timeline", "legal"), "erasure": ("timeline", "legal"), "scope": ("timeline", "legal"),
    "person": ("responders",), "member": ("responders",), "device": ("responders",), "system": ("names",),
    "stream": ("standing",), "lane": ("standing",), "decision": ("timeline", "legal"), "task": ("timeline", "responders"),
    "answer": ("timeline",), "role": ("timeline", "responders"), "call": ("timeline", "responders"),
    "partner": ("responders",), "playbook": ("timeline", "containment"), "step": ("timeline", "containment"),
    "variable": ("timeline", "containment"), "replay": ("timeline", "containment"), "watch": ("timeline", "containment"),
    "rulefile": ("legal",), "notice": ("timeline", "responders"),
    **dict.fromkeys(("anchor", "fact", "filing", "duty", "toll"), ("timeline", "legal")),
}  # fmt: skip
_TYPES: Mapping[str, tuple[str, ...]] = {
    "incident.noted": ("timeline", "raw_words"), "incident.briefed": ("standing", "counts", "names", "containment"),
    "impact.keyed": ("affected_ids", "user_data"), "evidence.cleared": ("timeline", "legal"),
}  # fmt: skip


def classes_of(type_: str) -> tuple[str, ...]:
    """The classes of facts in an entry of a type; a type of a later version is of none that anybody knows."""
    return _TYPES.get(type_) or _FAMILIES.get(type_.partition(".")[0], (UNKNOWN,))


def read_matrix(raw: bytes, name: str) -> Matrix:
    """A matrix as its file states it. Raises :class:`BadInput` with file, line and reason for anything it does not say whole."""
    lines: dict[str, int] = {}
    try:
        stated = load_yaml(raw, lines=lines)
    except BadInput as error:
        raise BadInput(f"{name}: {error.what}", safe="nothing was given out", fix=error.fix) from None
    return _Reader(name, lines).matrix(stated)


class _Reader:
    """Looks at every word of a matrix: one that was misspelt must not let anything out."""

    def __init__(self, name: str, lines: Mapping[str, int]) -> None:
        self._name, self._lines = name, lines

    def matrix(self, stated: Any) -> Matrix:
        """The matrix."""
        top = self._fields(stated, (), ("version", "audiences", "classes"))
        if top["version"] != 1:
            self._refuse(("version",), "the version of the file is 1")
        heard = self._fields(top["audiences"], ("audiences",), AUDIENCES)
        upto = {each: self._marking(heard[each], ("audiences", each)) for each in AUDIENCES}
        if upto[INTERNAL] != MARKINGS[-1]:
            self._refuse(("audiences", INTERNAL), "whoever is inside is handed RED")
        listed = self._fields(top["classes"], ("classes",), tuple(CLASSES))
        return Matrix(upto, {each: self._rule(listed[each], ("classes", each), upto) for each in CLASSES})

    def _rule(self, stated: Any, path: tuple[str | int, ...], upto: Mapping[str, str]) -> Rule:
        row = self._fields(stated, path, ("marking", "audiences", "why"))
        marking = self._marking(row["marking"], (*path, "marking"))
        if not isinstance(row["audiences"], list):
            self._refuse((*path, "audiences"), "audiences is a list")
        for at, each in enumerate(row["audiences"]):
            place = (*path, "audiences", at)
            if each not in AUDIENCES:
                self._refuse(place, f"{str(each)[:40]!r} is none of the audiences {', '.join(AUDIENCES)}")
            if each in row["audiences"][:at]:
                self._refuse(place, f"{each} stands twice")
            if rank(marking) > rank(upto[each]):
                self._refuse(place, f"{each} is handed TLP:{upto[each]} at most, and this is TLP:{marking}")
        if INTERNAL not in row["audiences"]:
            self._refuse((*path, "audiences"), "internal is missing: whoever responds sees what is there")
        if not isinstance(row["why"], str) or not row["why"].strip():
            self._refuse((*path, "why"), "why is a reason in words")
        return Rule(marking, tuple(row["audiences"]), row["why"])

    def _marking(self, stated: Any, path: tuple[str | int, ...]) -> str:
        if stated not in MARKINGS:
            self._refuse(path, f"{str(stated)[:40]!r} is none of the markings {', '.join(MARKINGS)}")
        return str(stated)

    def _fields(self, stated: Any, path: tuple[str | int, ...], wanted: Sequence[str]) -> dict[str, Any]:
        what = ".".join(map(str, path)) or "the file"
        if not isinstance(stated, dict):
            self._refuse(path, f"{what} is no table of names with values")
        for each in stated:
            if each not in wanted:
                from difflib import get_close_matches

                near = get_close_matches(each[:40], wanted, 1)
                meant = f"; did you mean {near[0]}?" if near else ""
                self._refuse((*path, each), f"{each[:40]!r} is no field of {what}{meant}")
        for each in wanted:
            if each not in stated:
                self._refuse(path, f"{what} has no {each}")
        return dict(stated)

    def _refuse(self, path: tuple[str | int, ...], why: str) -> NoReturn:
        place = "$" + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
        line = self._lines.get(f"{place}:", self._lines.get(place, 1))
        raise BadInput(
            f"{self._name}, line {line}: {why}", safe="nothing was given out", fix="see docs/impact.md for the form"
        )  # fmt: skip
