"""One value changed in the file of settings; every other byte of it, comments too, stays as somebody wrote it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ircockpit.core.errors import BadInput
from ircockpit.store.profile import write_file

Value = str | int | bool | Sequence[str]
_HEADER = re.compile(r"\s*\[")
_SCALAR = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\[\]#\n]*\]|[^\s#"'\[{]+)"""


def change(path: Path, name: str, value: Value) -> None:
    """Set ``theme``, ``care.blur`` or ``keys.incident.take`` in the file, which is made where there is none.

    What comes out is read back before it takes the place of the old file: it must be the old settings with this one
    changed. Raises :class:`BadInput` with nothing written where it is not, since the file is not TOML or says it in
    a way that cannot be changed line by line; :class:`StoreError` where the disk refuses.
    """
    old = _text(path)
    table, _, key = name.partition(".")
    if not key:
        table, key = "", name
    wanted = _parsed(path, old)
    _put(wanted, table, key, value)
    new = _changed(old, table, key, value)
    try:
        done = _parsed(path, new) == wanted
    except BadInput:
        done = False
    if not done:
        raise BadInput(
            f"{path.name} says {name} in a way that cannot be changed from here", safe="nothing was changed",
            fix=f"edit {path}",
        )  # fmt: skip
    write_file(path, new.encode())


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path.name} cannot be read", safe="nothing was changed", fix=f"look at {path}"
        ) from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{path.name} is not TOML: {error}",
            safe="nothing was changed",
            fix=f"mend {path}, or move it away",
        ) from None


def _put(stated: dict[str, Any], table: str, key: str, value: Value) -> None:
    at: Any = stated
    if table:
        at = stated.setdefault(table, {})
        *steps, last = key.split(".")
        nested = at
        for step in steps:
            nested = nested.get(step) if isinstance(nested, dict) else None
        if isinstance(nested, dict) and nested is not at and last in nested:
            at, key = nested, last  # an id without quotation marks is a table within a table
    if not isinstance(at, dict):
        raise BadInput(f"{table} is no table in the file", safe="nothing was changed", fix="edit it by hand")
    at[key] = value if isinstance(value, str | int) else list(value)


def _changed(old: str, table: str, key: str, value: Value) -> str:
    end = "\r" if "\r\n" in old else ""
    lines = old.removesuffix("\n").split("\n") if old else []
    first, last = _region(lines, table)
    whole = f"{table}.{key}" if table else key
    for at, names in ((range(first, last), (key,)), (range(_region(lines, "")[1]), (whole,))):
        spelled = "|".join(re.escape(each) for name in names for each in (name, f'"{name}"', f"'{name}'"))
        pattern = re.compile(rf"(\s*(?:{spelled})\s*=\s*){_SCALAR}(\s*(?:#.*)?)")
        for number in at:
            if found := pattern.fullmatch(lines[number]):
                lines[number] = f"{found[1]}{_spelled(value)}{found[2]}"
                return "\n".join([*lines, ""])
    said = f"{_key(key)} = {_spelled(value)}{end}"
    if table and first > last:
        lines += [*([end] if lines else []), f"[{table}]{end}", said]
    else:
        while last > first and not lines[last - 1].strip():
            last -= 1
        lines.insert(last, said)
    return "\n".join([*lines, ""])


def _region(lines: list[str], table: str) -> tuple[int, int]:
    """The lines of a table, without its header; the first behind the last where there is no such table."""
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if not table:
        return 0, headers[0] if headers else len(lines)
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\]\s*(?:#.*)?")
    for number, at in enumerate(headers):
        if header.fullmatch(lines[at]):
            return at + 1, headers[number + 1] if number + 1 < len(headers) else len(lines)
    return 1, 0


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _spelled(key)


def _spelled(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
    return f"[{', '.join(map(_spelled, value))}]"
