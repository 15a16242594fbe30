"""Lists of people and of acts from CSV and JSON lines: which column is what, guessed first and then as it was said."""

import csv
import hashlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, NotFound, UsageError
from ircockpit.features.impact.queries import ACTS, PEOPLE
from ircockpit.inert.gate import clean

MAX_BYTES = 256 * 1024 * 1024
MAX_LINE = 64 * 1024
NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    PEOPLE: {
        "id": ("pseudonym", "user_id", "userid", "uid", "customer_id", "account_id", "subject_id", "subject", "customer",
               "account", "user", "id", "email", "e-mail", "mail", "phone", "name"),
        "jurisdiction": ("jurisdiction", "country_code", "country", "cc"),
        "region": ("region", "subdivision"),
    },
    ACTS: {
        "id": ("external_id", "refund_id", "transaction_id", "message_id", "event_id", "act_id", "id"),
        "type": ("type", "kind", "action"),
        "amount": ("amount", "sum", "total", "amount_minor"),
        "currency": ("currency",),
        "target": ("target", "recipient", "customer_id", "account_id", "customer", "account", "user_id", "to"),
        "jurisdiction": ("jurisdiction", "country_code", "country", "cc"),
        "region": ("region", "subdivision"),
    },
}  # fmt: skip
"""What a column of this name is taken for, the likeliest first."""


class Layout(NamedTuple):
    """How a file is read."""

    path: Path
    digest: str
    """SHA-256 of its bytes: read again, it is the same file or none."""
    jsonl: bool
    delimiter: str
    kind: str
    columns: Mapping[str, str]
    """Which column is what."""
    all: tuple[str, ...]
    """Every column there is, in the order of the file."""


def look(path: Path, kind: str, stated: Mapping[str, str]) -> Layout:
    """How a file would be read: its columns by their names, and what is ``stated`` of them. Raises :class:`BadInput`."""
    found = guess(path, kind, stated)
    if "id" not in found.columns:
        raise BadInput(
            f"which column of {path.name} tells one {'person' if found.kind == PEOPLE else 'act'} from another is not clear",
            safe="nothing was recorded", fix=f"say it with --column; there are: {', '.join(found.all)[:300]}",
        )  # fmt: skip
    return found


def guess(path: Path, kind: str = "", stated: Mapping[str, str] = MappingProxyType({})) -> Layout:
    """The same, where nothing may be taken for the id yet. What is stated to be no column is not guessed."""
    digest, start = _digest(path), _start(path)
    jsonl = start.lstrip("\ufeff \t\r\n")[:1] == "{"
    delimiter = "," if jsonl else _delimiter(start)
    found = tuple(dict.fromkeys(_columns(path, jsonl, delimiter)))
    bare = {each.strip().casefold(): each for each in reversed(found)}
    kind = kind or (ACTS if {"amount", "amount_minor", "refund_id", "external_id"} & bare.keys() else PEOPLE)
    columns = {
        what: bare[name]
        for what, likely in NAMES[kind].items()
        if (name := next((each for each in likely if each in bare), "")) and what not in stated
    }
    for what, name in stated.items():
        if name and name not in found:
            raise BadInput(
                f"{path.name} has no column called {name[:40]!r}", safe="nothing was recorded",
                fix=f"its columns are: {', '.join(found)[:300]}",
            )  # fmt: skip
        if name:
            columns[what] = name
    return Layout(path, digest, jsonl, delimiter, kind, columns, found)


def stated_columns(said: Sequence[str]) -> dict[str, str]:
    """Which column is what, of words like ``id=user_id``; with nothing behind ``=`` it is none. Raises :class:`UsageError`."""
    found = {}
    for each in said:
        what, equals, name = each.partition("=")
        if not equals:
            what, name = "id", each
        if what not in NAMES[ACTS]:
            raise UsageError(
                f"{clean(each)[:40]!r} names no column that is read", safe="nothing was recorded",
                fix=f"a column is {', '.join(NAMES[ACTS])}: id=user_id jurisdiction=country",
            )  # fmt: skip
        found[what] = name
    return found


def records(layout: Layout) -> Generator[tuple[int, dict[str, str] | str], None, None]:
    """Line by line what the columns hold, or why a line cannot be read."""
    wanted = layout.columns
    for number, row in _rows(layout.path, layout.jsonl, layout.delimiter):
        if isinstance(row, str):
            yield number, row
        else:
            yield number, {what: _text(row.get(name)) for what, name in wanted.items()}


def _rows(path: Path, jsonl: bool, delimiter: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="" if not jsonl else None) as file:
            if jsonl:
                yield from _json_rows(file)
                return
            reader = csv.DictReader(file, delimiter=delimiter, strict=True)
            try:
                for row in reader:
                    wrong = "it has more fields than columns" if None in row else ""
                    yield reader.line_num, wrong or row
            except csv.Error as error:
                raise BadInput(
                    f"{path.name} is no CSV from line {reader.line_num}: {error}", safe="what was recorded before stays",
                    fix="quotation marks must be closed; JSON lines are read too",
                ) from None  # fmt: skip
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not UTF-8 text", fix="save it as UTF-8") from None
    except OSError as error:
        raise NotFound(f"{path.name} cannot be read: {error.strerror}", fix="check the path") from None


def _json_rows(file: Any) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise BadInput(f"line {number} is longer than {MAX_LINE:,} characters", fix="is this JSON lines?")
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "it is no JSON"
            continue
        yield number, row if isinstance(row, dict) else "it is no JSON object"


def _columns(path: Path, jsonl: bool, delimiter: str) -> Iterator[str]:
    for _, row in _rows(path, jsonl, delimiter):
        if not isinstance(row, str):
            yield from (str(name) for name in row if name is not None)
            return


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return ""
    return str(value).strip()


def _digest(path: Path) -> str:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
                if size > MAX_BYTES:
                    raise BadInput(
                        f"{path.name} is larger than {MAX_BYTES >> 20} MiB", fix="split it; parts add up"
                    )
    except OSError as error:
        raise NotFound(f"{path.name} cannot be read: {error.strerror}", fix="check the path") from None
    return digest.hexdigest()


def _start(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_LINE).decode("utf-8", "replace")


def _delimiter(start: str) -> str:
    first = start.partition("\n")[0]
    counts: Sequence[tuple[int, str]] = [(first.count(each), each) for each in ",;\t|"]
    best = max(counts, key=lambda pair: pair[0])
    return best[1] if best[0] else ","
