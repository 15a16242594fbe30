"""Which format a file is of, or in plain words what it is instead."""

import codecs
import re
from typing import NoReturn

from ircockpit.core.errors import BadInput
from ircockpit.features.intake.formats.jsonl import WANTED
from ircockpit.features.intake.formats.values import NotJson, Unreadable, load, one_line

FORMATS = ("garak", "alertmanager", "jsonl")
HEAD_BYTES = 256 * 1024
"""As much of a file's beginning as is worth handing to :func:`detect`."""

_KNOWN = (
    "known are: garak reports and hit logs, Alertmanager webhook bodies and answers of GET /api/v2/alerts, "
    "and JSON lines with a title, a prompt or an output in each row"
)
_LINES_LOOKED_AT = 20
_MAGIC = (
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"PK\x03\x04", "a zip archive, or an office document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[{}\[\]:]', re.DOTALL)
_UNPACK = "unpack it and take in what is inside"
_SAVE_AS_UTF8 = "save it again as UTF-8"


def detect(head: bytes, name: str) -> str:
    """The format of a file, one of :data:`FORMATS`, from its first :data:`HEAD_BYTES` and its name.

    Raises :class:`BadInput` saying what the file looks like instead, what was expected, and where there is
    one the way to what can be taken in. The name is foreign text: gate the error before it is shown.
    """
    for magic, looks in _MAGIC:
        if head.startswith(magic):
            _refuse(name, looks, _UNPACK if "archive" in looks else "")
    if head.startswith(_WIDE_MARKS) or _every_other_is_nul(head):
        _refuse(name, "text in UTF-16 or UTF-32", _SAVE_AS_UTF8)
    text = head.removeprefix(codecs.BOM_UTF8)
    if not text.strip():
        _refuse(name, "an empty file")
    lines = [line for line in text.splitlines() if line.strip()]
    found = None if _is_document(text, lines) else _by_rows(lines, name)
    found = found or _by_document(text)
    if found is None:
        _refuse(name, *_looks(text, lines))
    return found


def _is_document(text: bytes, lines: list[bytes]) -> bool:
    """Whether this is one value over several lines, some of which may be values by themselves."""
    first = lines[0].strip()
    if first == b"{" or first.startswith(b"["):
        return True
    try:
        return len(lines) > 1 and load(text) is not None
    except Unreadable:
        return False


def _by_rows(lines: list[bytes], name: str) -> str | None:
    """The format of the first line that is a JSON value of a known shape."""
    for line in lines[:_LINES_LOOKED_AT]:
        try:
            row = load(line)
        except Unreadable:
            continue
        shape = _shape(row)
        if shape == "jsonl" and len(lines) == 1 and name.lower().endswith(".json"):
            return None  # one JSON document that happens to have a title; can be forced
        if shape is not None:
            return shape
    return None


def _by_document(text: bytes) -> str | None:
    """The format of a document over several lines, or of a first line longer than what there is to see."""
    try:
        shape, cut = _shape(load(text)), False
    except NotJson:
        shape, cut = _by_names(text), b"\n" not in text.strip()
    except Unreadable:
        return None
    return shape if shape == "alertmanager" or cut else None


def _by_names(text: bytes) -> str | None:
    """The shape of an object, or of the objects of a list, whose end is not there to see."""
    start = text.lstrip()
    if start[:1] not in (b"{", b"["):
        return None
    level = 1 if start[:1] == b"{" else 2
    names: set[str] = set()
    depth, before = 0, ""
    for piece in _TOKEN.findall(start.decode("utf-8", "replace")):
        depth += (piece in "{[") - (piece in "}]")
        if piece == ":" and depth == level:
            names.add(before)
        before = piece[1:-1]
    shape = _shape_of_names(names)
    return shape if level == 1 or shape == "alertmanager" else None


def _shape(value: object) -> str | None:
    if isinstance(value, list):
        first = next((item for item in value if isinstance(item, dict)), None)
        return "alertmanager" if first is not None and _shape(first) == "alertmanager" else None
    if not isinstance(value, dict):
        return None
    if "alerts" in value and not isinstance(value["alerts"], list):
        return None
    return _shape_of_names(set(value))


def _shape_of_names(names: set[str]) -> str | None:
    if "entry_type" in names or {"attempt_id", "detector"} <= names or {"goal", "probe", "detector"} <= names:
        return "garak"
    if "alerts" in names and not names.isdisjoint(("groupKey", "receiver", "status", "labels")):
        return "alertmanager"
    if "labels" in names and not names.isdisjoint(("startsAt", "fingerprint")):
        return "alertmanager"
    return "jsonl" if not names.isdisjoint(WANTED) else None


def _every_other_is_nul(head: bytes) -> bool:
    """Whether this is text in UTF-16 without a mark: ASCII with a zero before or behind every character."""
    sample = head[: min(len(head), 200) // 2 * 2]
    zeros = sorted((sample[::2].count(0), sample[1::2].count(0)))
    return len(sample) >= 4 and zeros == [0, len(sample) // 2]


def _looks(text: bytes, lines: list[bytes]) -> tuple[str, str]:
    """What a refused file looks like, and the way out where there is one."""
    start = text.lstrip()
    if b"\x00" in text[:4096]:
        return "binary data", ""
    if start[:1] in (b"{", b"["):
        return _looks_json(start, lines)
    if _HTML.match(start):
        return "a web page", "save the data itself, not the page that shows it"
    if start.startswith((b"<?xml", b"<")):
        return "XML", ""
    if not _is_utf8(text):
        return "text in another encoding than UTF-8, or binary data", _SAVE_AS_UTF8
    if _is_table(lines):
        return "a table (CSV)", "write one JSON object a line, with a title, prompt or output"
    return "plain text", "write one JSON object a line, with a title, prompt or output"


def _looks_json(start: bytes, lines: list[bytes]) -> tuple[str, str]:
    as_lines = "write its findings as one JSON object a line, with a title, prompt or output"
    if start.startswith(b"["):
        return "one JSON list that is not of alerts", as_lines
    try:
        load(lines[0])
    except Unreadable:
        good = False
    else:
        good = len(lines) > 1
    if good:
        return "JSON lines, but none with a title, a prompt or an output", "rename the fields of its rows"
    return "one JSON document that is not of Alertmanager", as_lines


def _is_utf8(text: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)  # the head may end inside a character
    except UnicodeDecodeError:
        return False
    return True


def _is_table(lines: list[bytes]) -> bool:
    first, *others = lines[:6]
    marks = [mark for mark in (b",", b";", b"\t") if mark in first]
    return bool(others) and any(
        all(line.count(mark) == first.count(mark) for line in others) for mark in marks
    )


def _refuse(name: str, looks: str, fix: str = "") -> NoReturn:
    called = one_line(name, 120) or "the file"
    raise BadInput(f"{called} looks like {looks}; {_KNOWN}", safe="nothing was taken in", fix=fix)
