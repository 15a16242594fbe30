"""The raw words this device holds of a thing, by name: what the lens looks at, and what is copied as safe text."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import may_be_id
from ircockpit.features.catalogue import events, off_timeline, said
from ircockpit.inert.lens import inspect
from ircockpit.store.names import PREFIX, resolve, short_id
from ircockpit.store.timeline import entry as entry_of
from ircockpit.store.timeline import timeline

if TYPE_CHECKING:
    from ircockpit.store.view import Entry, View

NAMED = ("incident", *PREFIX)
"""Kinds of things that have a short id."""
SIGNALS = 50
"""Signals of a group that are looked at."""
ENTRIES = 200
"""The newest entries of an incident that are looked at; only those with a trick in them are told."""
_BEGINNING = 8
"""Letters from which the beginning of an entry's id means it: a short id is never so long and all of them hexadecimal."""
_DEEP = 20
"""Levels of a JSON value that are followed."""


class Named(NamedTuple):
    """Words and what they are called; not gated."""

    name: str
    raw: str


class Thing(NamedTuple):
    """What the cursor is on, or an id means: its kind and all words of it that are held here."""

    kind: str
    ident: str
    short: str
    texts: tuple[Named, ...]


def thing(view: "View", text: str) -> Thing:
    """What a short id, UUID or the beginning of an entry's id means. Raises :class:`NotFound`."""
    word = text.strip().lower()
    found = _entries(view, word) if len(word) >= _BEGINNING and set(word) <= set("0123456789abcdef") else []
    if len(found) == 1:
        return _entry(view, found[0])
    if not may_be_id(word):
        raise NotFound(f"nothing is called {text!r}", fix="ircockpit queue lists what there is")
    kind, ident = resolve(view, word, *NAMED)
    return _entity(view, kind, ident)


def thing_by_id(view: "View", ident: str) -> Thing | None:
    """The thing with exactly this id, as rows carry it; ``None`` where it is none of this device's."""
    rows = view.rows("SELECT kind FROM entity WHERE id=?", (ident,))
    if rows:
        return _entity(view, str(rows[0][0]), ident)
    rows = view.rows("SELECT event_id FROM entry WHERE event_id=?", (ident,))
    return _entry(view, ident) if rows else None


def strings_in(value: Any, name: str = "", deep: int = 0) -> Iterator[Named]:
    """Every text in a JSON-able value, but for empty ones, with its path: ``incidents 3 title``."""
    if isinstance(value, str):
        if value:
            yield Named(name, value)
    elif isinstance(value, dict | list | tuple) and deep < _DEEP:
        pairs = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, each in pairs:
            if isinstance(value, dict) and inspect(str(key)).total:
                yield Named(f"{name} a name".strip(), str(key))
            yield from strings_in(each, f"{name} {key}".strip(), deep + 1)
    elif isinstance(value, dict | list | tuple):
        yield Named(name, f"[nested deeper than {_DEEP} levels, not looked at]")


def _entity(view: "View", kind: str, ident: str) -> Thing:
    short = short_id(view, kind, ident)
    texts = tuple(_facts(view, kind, ident))
    if kind == "group":
        rows = view.rows(
            'SELECT id FROM signal WHERE "group"=? ORDER BY raw, offset LIMIT ?', (ident, SIGNALS)
        )
        texts += tuple(
            Named(f"{short_id(view, 'signal', signal)} {name}", raw)
            for (signal,) in rows
            for name, raw in _facts(view, "signal", signal)
        )
    elif kind == "incident":
        texts += tuple(_tricky_entries(view, ident))
    return Thing(kind, ident, short, texts)


def _facts(view: "View", kind: str, ident: str) -> Iterator[Named]:
    """The fields of a thing, all versions where people disagree, a person's name beside a pseudonym."""
    fields = events().kinds[kind].fields
    columns = ", ".join(f'"{field}"' for field in fields)
    rows = view.rows(f'SELECT {columns} FROM "{kind}" WHERE id=?', (ident,))  # noqa: S608 - names of the catalogue
    values: dict[str, list[Any]] = {field: [row[at]] for row in rows for at, field in enumerate(fields)}
    for field, value in view.rows(
        "SELECT field, value FROM head WHERE ent=? ORDER BY field, lam, event", (ident,)
    ):
        held = values.setdefault(str(field), [])
        word = _loaded(value)
        if word not in held:
            held.append(word)
    for field, versions in values.items():
        for value in versions:
            yield from strings_in(_loaded(value) if field == "labels" else value, field)
            if field in ("owner", "user") and value:
                yield from _person(view, field, str(value))


def _person(view: "View", field: str, user: str) -> Iterator[Named]:
    for (name,) in view.rows("SELECT name FROM person WHERE id=?", (user,)):
        yield from strings_in(name, f"{field} name")


def _loaded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _entries(view: "View", beginning: str) -> list[str]:
    rows = view.rows(
        "SELECT event_id FROM entry WHERE event_id >= ? AND event_id < ? LIMIT 2",
        (beginning, beginning + "g"),
    )
    return [str(row[0]) for row in rows]


def _entry(view: "View", event_id: str) -> Thing:
    return Thing("entry", event_id, event_id[:_BEGINNING], tuple(_words(view, entry_of(view, event_id))))


def _words(view: "View", entry: "Entry") -> Iterator[Named]:
    """What an entry says, and everything its body holds besides."""
    body = json.loads(entry.body)
    words = said(entry.type, entry.field, body)
    yield Named("says", words)
    yield from _person(view, "by", entry.actor)
    yield from (each for each in strings_in(body) if each.raw not in words)
    for name in ("occurred", "doubt"):
        if getattr(entry, name):
            yield Named(name, str(getattr(entry, name)))


def _tricky_entries(view: "View", incident: str) -> Iterator[Named]:
    for (stream,) in view.rows("SELECT stream FROM incident WHERE id=?", (incident,)):
        for entry in timeline(view, stream, off_timeline()).older(ENTRIES):
            for name, raw in _words(view, entry):
                if inspect(raw).total:
                    yield Named(f"entry {entry.event_id[:12]} {name}", raw)
