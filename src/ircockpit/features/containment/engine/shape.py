"""Whether data is of the form of its types: every place that is not, where a converter names the first."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec


class Finding(NamedTuple):
    """One thing that is wrong with a connector."""

    place: str
    """As ``$.actions[0].read.state``."""
    what: str
    fix: str = ""


def misshapen(value: Any, form: Any, place: str = "$") -> Iterator[Finding]:
    """Every place of ``value`` that is not of the type ``form``; nothing for a value that converts."""
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        inner = list(_inside(value, _bare(form), place))
        # Where no part of it is to blame, it is the whole.
        yield from inner or [Finding(place, _plain(str(error)), _choices(value, _bare(form)))]


def pruned(value: Any, form: Any) -> Any:
    """The value without keys that its type does not know, so that the rest of it can be looked at, too."""
    form = _bare(form)
    if isinstance(form, type) and issubclass(form, msgspec.Struct) and isinstance(value, dict):
        hints = get_type_hints(form, include_extras=True)
        names = {field.encode_name: field.name for field in msgspec.structs.fields(form)}
        return {key: pruned(item, hints[names[key]]) for key, item in value.items() if key in names}
    if get_origin(form) is list and isinstance(value, list):
        return [pruned(item, get_args(form)[0]) for item in value]
    if get_origin(form) is dict and isinstance(value, dict):
        return {key: pruned(item, get_args(form)[1]) for key, item in value.items()}
    return value


def _inside(value: Any, form: Any, place: str) -> Iterator[Finding]:
    if isinstance(form, type) and issubclass(form, msgspec.Struct) and isinstance(value, dict):
        yield from _fields(value, form, place)
    elif get_origin(form) is list and isinstance(value, list):
        for number, item in enumerate(value):
            yield from misshapen(item, get_args(form)[0], f"{place}[{number}]")
    elif get_origin(form) is dict and isinstance(value, dict):
        key_form, item_form = get_args(form)
        for key, item in value.items():
            for found in misshapen(key, key_form, f"{place}.{key}"):
                yield found._replace(what=f"the name {key!r}: {found.what}")
            yield from misshapen(item, item_form, f"{place}.{key}")


def _fields(value: dict[str, Any], form: type[msgspec.Struct], place: str) -> Iterator[Finding]:
    hints = get_type_hints(form, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(form)}
    for key in value:
        if key not in fields:
            near = _near(str(key), fields)
            yield Finding(
                f"{place}.{key}",
                f"unknown field `{key}`",
                f"Did you mean {near}?" if near else "Take it out.",
            )
    for name, field in fields.items():
        if name in value:
            yield from misshapen(value[name], hints[field.name], f"{place}.{name}")
        elif field.required:
            yield Finding(place, f"the field `{name}` is missing")


def _bare(form: Any) -> Any:
    """The type without what is said of it, and without ``None`` or ``UNSET`` beside it."""
    if get_origin(form) is Annotated:
        return _bare(get_args(form)[0])
    beside = [each for each in get_args(form) if each not in (type(None), msgspec.UnsetType)]
    if get_origin(form) not in (list, dict) and len(beside) == 1 and len(get_args(form)) > 1:
        return _bare(beside[0])
    return form


def _choices(value: Any, form: Any) -> str:
    if get_origin(form) is not Literal:
        return ""
    near = _near(str(value), [str(each) for each in get_args(form)])
    return f"Did you mean {near}?" if near else f"It is one of: {', '.join(map(str, get_args(form)))}."


def _near(key: str, known: Any) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(key, known, 1)), "")


def _plain(text: str) -> str:
    what = text.partition(" - at `")[0]
    return what[:1].lower() + what[1:]
