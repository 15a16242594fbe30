"""People, groups and acts as lines: the numbers in one or two, and a row for each."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ircockpit.features.impact.events import MISTAKEN, NOUNS, OPEN, SORTS
from ircockpit.features.impact.queries import ACTS, GROUPS, ImpactRow, StateWord, summary_words
from ircockpit.features.impact.rules import Summary, money
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.timeline import at_full

if TYPE_CHECKING:
    from ircockpit.features.impact.reading import Layout
    from ircockpit.features.impact.recording import Course

_ROLES = {OPEN: "warn", MISTAKEN: "dim"}


def summary_lines(found: Summary) -> list[Line]:
    """The numbers as lines, one thing each."""
    return [
        (Span(part, "title" if at == 0 else "text"),)
        for at, part in enumerate(summary_words(found).split("; "))
    ]


def row_line(row: ImpactRow, width: int) -> Line:
    """One row: what it is, its name, where, how sure, its state."""
    name = words(line(row.name), NOUNS[row.kind]) or "(not held here)"
    if row.kind == GROUPS:
        name = f"{row.number:,} people: {name}"
    if row.kind == ACTS:
        sort = row.what if row.what in SORTS else "other"
        name = f"{sort} {name}" + (f"  {money(row.number, row.currency)}" if row.currency else "")
    room = max(width - 44, 12)
    mark = " (!)" if row.disputed else ""
    return (
        Span(f"{NOUNS[row.kind]:7}", "dim"), Span(fit(name, room) + " ", "key"),
        Span(f"{row.region or row.jurisdiction or '-':6} "), Span(f"{row.certainty:10} ", "dim"),
        Span(row.state + mark, _ROLES.get(row.state, "ok")),
    )  # fmt: skip


def row_lines(row: ImpactRow, told: StateWord | None, offset: int) -> list[Line]:
    """One of them whole."""
    facts = [
        ("what", NOUNS[row.kind]), ("name", words(row.name) or "not held here"),
        ("people", f"{row.number:,}" if row.kind == GROUPS else ""),
        ("type", words(row.what, "") if row.kind == ACTS else ""),
        ("sum", money(row.number, row.currency) if row.currency else ""), ("target", words(row.target)),
        ("where", row.region or row.jurisdiction or "not known"), ("how sure", row.certainty),
        ("source", words(row.source) or "not stated"), ("state", row.state),
        ("set by", f"{words(told.by)}, {at_full(told.at_us, offset)}" if told else ""),
        ("why", words(told.why) if told else ""), ("disputed", " and ".join(map(clean, row.disputed))),
    ]  # fmt: skip
    return [(Span(f"{name:9}", "dim"), Span(clean(value))) for name, value in facts if value]


def import_lines(layout: "Layout", course: "Course", *, minor: bool) -> list[Line]:
    """What a list comes to: which column is what, how many are new, and what was kept out of the record."""
    said: list[tuple[str, str, str]] = [
        ("reads", f"{'JSON lines' if layout.jsonl else 'CSV'}, {'acts' if layout.kind == ACTS else 'people'};"
                  f" of {layout.path.name} {layout.digest[:12]}", "text"),
        *(("column", f"{name} is the {what}", "text") for what, name in layout.columns.items()),
    ]  # fmt: skip
    ignored = [name for name in layout.all if name not in layout.columns.values()]
    if ignored:
        said.append(("left", f"not read, not kept: {', '.join(ignored)[:200]}", "dim"))
    if layout.kind == ACTS and "amount" in layout.columns:
        unit = layout.columns["amount"].casefold() == "amount_minor" or minor
        said.append(
            (
                "sums",
                "in minor units: 1250 EUR is 12.50 EUR" if unit else "as written: 12.50 EUR is 12.50 EUR",
                "text",
            )
        )
    said.append(("rows", f"{course.read:,} read, {course.new:,} new, {course.held:,} known already", "title"))
    if course.changed:
        said.append(
            ("better", f"{counted(course.changed, 'field')} of known ones more certain than before", "text")
        )
    for looks, number in sorted(course.hashed.items()):
        said.append(
            ("hashed", f"{number:,} that looked like {_a(looks)}: only a keyed hash is recorded", "warn")
        )
    if course.doubled:
        said.append(("joined", f"{course.doubled:,} that had been counted twice under two keys", "warn"))
    if course.unplaced:
        said.append(
            (
                "places",
                f"{course.unplaced:,} with a jurisdiction that is no code of ISO 3166: not known",
                "warn",
            )
        )
    for each in course.sample:
        said.append(("sample", _sample(each), "dim"))
    if course.refused:
        said.append(("refused", f"{course.refused:,}, of which nothing is recorded:", "bad"))
    said += [("", f"line {number}: {why}", "bad") for number, why in course.bad]
    return [(Span(f"{clean(name):8}", "dim"), Span(clean(text), role)) for name, text, role in said]


def _sample(facts: Mapping[str, Any]) -> str:
    name = facts.get("pseudonym") or facts.get("external") or ""
    more = [str(facts.get("region") or facts.get("jurisdiction") or "-")]
    if facts.get("currency"):
        more.append(money(int(facts["amount"]), str(facts["currency"])))
    return " ".join([words(line(str(name))), *more])


def _a(looks: str) -> str:
    return looks if looks == "other words" else f"{'an' if looks[0] in 'aeiou' else 'a'} {looks}"


def count_words(rows: Sequence[ImpactRow]) -> str:
    """``412 people, 1 group and 3 acts`` of some rows."""
    tally = {kind: sum(row.kind == kind for row in rows) for kind in NOUNS}
    said = [
        f"{number:,} people" if kind == "affected" and number != 1 else counted(number, NOUNS[kind])
        for kind, number in tally.items()
        if number
    ]
    return " and ".join(said) or "nothing"
