"""The format of connector files, written from its types: a JSON Schema for editors, and the page that explains each field."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ircockpit.features.containment.engine import spec
from ircockpit.features.containment.engine.families import FAMILIES

ORDER = (
    "File", "Server", "Recognise", "Action", "Param", "Source", "Lookup", "Read", "Send", "Verify", "ReadBack", "Probe",
    "Change", "Blast", "Count", "Retry", "Preserve",
)  # fmt: skip
"""The objects of a file, as a reader meets them."""
TITLES = {"File": "The file"}
ASK = ("Ask", "Judged")
"""What all requests have in common, told once."""

_HEAD = """<!-- Written by `make docs` from the types of the format. Change it there, or in tools/connector_page.py. -->

# Connectors

A connector is a YAML file that says how one kind of control is read, switched, taken back and proved. It holds no host, no
program and no secret: those come from the [system](systems.md) and from what this device accepted. How it is used, and what
*effective* means, is in [containment](containment.md); a first one, step by step, in
[write a connector for your own gateway](connector-cookbook.md).

For editors there is a [JSON Schema](connector.schema.json). `ircockpit connector lint FILE` tells everything that is wrong
with a file, with line and fix. A key that is not named here is refused.

**YAML without traps.** `on`, `off`, `yes` and `no` are text here, and so is everything else that is not `true`, `false`,
`null` or a plain number. Anchors, aliases, tags, keys that stand twice and ends of lines that no editor shows are refused.

## Expressions

Predicates and values are [JMESPath](https://jmespath.org). Numbers, `true`, `false` and `null` stand in back-ticks, text in
single quotes: ``status == `200` && body.state == 'READY'``. A predicate that cannot be evaluated is a no, with a warning.

Texts of requests may hold `${expression}`. A text that is one such hole takes the value with its type; within other text it
takes the text of it. In a path a value is percent-encoded and stays in its segment. In a line its blanks are escaped, and
`;`, `<<` and everything but printable ASCII is refused. As an argument of a program it is one argument, never an option.

| name | what it is | where |
|---|---|---|
| `p.NAME` | a parameter | everywhere |
| `var.NAME` | what `resolve` found, or `capture` took from the answer of an earlier change | after it is known |
| `status` `headers` `text` `body` `errors` | an answer: `body` is its JSON or rows, `errors` a program's error output | answers |
| `state` | what `read.state` gave | `contained`, `change.value` |
| `before` `version` | state and version as read when the plan was made; on the way back, the version read then | changes |
| `at.made` `at.until` | when the plan was made, and when its `ttl_h` is over: `2026-11-26T14:05:00Z` | changes |

Beside the functions of JMESPath there are:

| function | gives |
|---|---|
| `get(object, key)` | a member whose key is a value |
| `where(rows, key, value)` | the rows in which a member is that value; inside a filter `p` is out of reach |
| `b64e(text)` `b64d(text)` | base64 and back |
| `from_json(text)` | the value of a text that is JSON |
| `lines(text)` | its lines that are not blank |
| `split(text, separator)` | its parts; with a blank as separator, its words |
| `lower(text)` | in small letters |

## A key that must stand nowhere

A control that blocks a key needs the key. With `type: secret` its parameter is filled in with a *source*
(`key=env:LEAKED_KEY`, see [secrets](systems.md#secrets)), and a value that somebody pastes is refused. Wherever it is read, kept,
compared or shown, `<secret:NAME>` stands for it, and the plan says which source fills that hole when it is sent; `p.NAME` in an
expression is that mark, and so is the value wherever an answer repeats it, in text, JSON and headers, so that
`contains(state, p.NAME)` means what it says. Only a plain use and `join` do: a value that was encoded is not recognised.
Of an answer about a secret nothing is kept but its status. It is no argument of a program. Select a yes or no as `state` where
the target allows it: other people's keys in a list stay as they are.

The approval is over the source and over no digest of the value, which could be guessed from the record where the value is short.
So what the source gives may have changed since: the control is then read with the new value, and blocks that one.

## Redirects, absence, and changes that others make

A redirect is an answer to judge, by `status` and `headers.location`; it is never followed. A target that answers 404 or 400
for what is not there says so with `absent_when`; its state is then `null`. `version` with `If-Match: ${version}` or a
comparison in the body, and `guard` to recognise the answer that somebody else was first, keep two people from overwriting
each other; an ETag that comes as a trailer is among the `headers`.

## Families

| family | for | leaves queued work going |
|---|---|---|
"""


def _described() -> dict[str, dict[str, str]]:
    """What the source says of each type (under an empty name) and each of its fields."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(spec)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        found[node.name] = {"": ast.get_docstring(node) or ""}
        for field, after in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                text = (
                    after.value.value
                    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                    else ""
                )
                found[node.name][field.target.id] = _plain(str(text))
    return found


def _plain(text: str) -> str:
    return re.sub(r"``?([^`]+)``?", r"`\1`", " ".join(text.split()))


def _about(said: dict[str, dict[str, str]], name: str, field: str) -> str:
    for base in getattr(spec, name).__mro__:
        if text := said.get(base.__name__, {}).get(field):
            return text
    return ""


def schema() -> dict[str, Any]:
    """The format as JSON Schema, with what is said of each field."""
    made = msgspec.json.schema(spec.File)
    said = _described()
    for name, part in made["$defs"].items():
        part["description"] = _plain(said[name][""])
        for field, form in part["properties"].items():
            if text := _about(said, name, field):
                form["description"] = text
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:ircockpit:connector:1",
        "title": "ircockpit connector",
        **made,
    }


def schema_text() -> str:
    """The schema as it stands in docs."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def connectors_page() -> str:
    """The page of the format."""
    defs, said = schema()["$defs"], _described()
    parts = [_HEAD]
    parts += [
        f"| `{name}` | {meaning.words} | {'yes' if meaning.leaves_queue else 'no'} |\n"
        for name, meaning in FAMILIES.items()
    ]
    common = {*msgspec.json.schema(spec.Judged)["$defs"]["Judged"]["properties"]}
    parts.append("\n## What every request has\n\n" + _plain(said["Ask"][""]) + "\n\n")
    judged = msgspec.json.schema(spec.Judged)["$defs"]["Judged"]
    parts += _rows(judged, {name: _about(said, "Judged", name) for name in judged["properties"]}, set())
    for name in ORDER:
        is_request = issubclass(getattr(spec, name), spec.Ask)
        parts.append(f"\n## {TITLES.get(name, name)}\n\n{_plain(said[name][''])}")
        parts.append(" It is a request, and besides has:\n\n" if is_request else "\n\n")
        texts = {field: _about(said, name, field) for field in defs[name]["properties"]}
        parts += _rows(defs[name], texts, common if is_request else set())
    return "".join(parts)


def _rows(form: dict[str, Any], texts: dict[str, str], without: set[str]) -> Iterator[str]:
    yield "| field | form | meaning |\n|---|---|---|\n"
    for field, part in form["properties"].items():
        if field not in without:
            need = ", needed" if field in form.get("required", ()) else ""
            default = part.get("default")
            rest = f", else `{json.dumps(default)}`" if default not in (None, {}, [], "") else ""
            yield f"| `{field}` | {_form(part)}{need}{rest} | {texts[field].replace('|', chr(92) + '|')} |\n"


def _form(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return f"*{part['$ref'].rpartition('/')[2]}*"
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_form(each) for each in part["anyOf"] if each.get("type") != "null"))
    if "enum" in part:
        return " ".join(f"`{each}`" for each in part["enum"])
    kind = part.get("type")
    if kind == "array":
        return f"list of {_form(part.get('items', {}))}"
    if kind == "object":
        return f"{_form(part.get('additionalProperties', {}))} by name"
    words = {"string": "text", "integer": "number", "number": "number", "boolean": "true or false"}
    return words.get(str(kind), "any")
