"""YAML from people and other tools: safe types only, yes and no stay words, nothing twice, no bombs."""

from typing import Any

from ircockpit.core.errors import BadInput

MAX_BYTES = 1_000_000
MAX_DEPTH = 40


def load_yaml(raw: bytes) -> Any:
    """Read one YAML document. Only ``true`` and ``false`` are booleans; dates and fractions stay text.

    Raises :class:`BadInput` with the line for duplicate keys, aliases, tags and anything that is no YAML.
    """
    import yaml

    if len(raw) > MAX_BYTES:
        raise BadInput(f"the file is larger than {MAX_BYTES // 1000} kB")
    try:
        text = raw.decode("utf-8-sig")
        node = yaml.compose(text, Loader=_events_only_loader(yaml))
        return _value(yaml, node, 0, set()) if node is not None else None
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise BadInput(
            f"the file is not YAML: {getattr(error, 'problem', None) or 'unreadable'}{where}"
        ) from None
    except RecursionError:
        raise BadInput("the file is nested too deep") from None


def _events_only_loader(yaml: Any) -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _value(yaml: Any, node: Any, depth: int, above: set[int]) -> Any:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        raise BadInput(f"the file is nested too deep in line {line}")
    if id(node) in above:
        raise BadInput(f"aliases are not allowed (line {line})")
    above.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(yaml, item, depth + 1, above) for item in node.value]
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadInput(f"a key must be a word (line {line})")
        key = str(key_node.value)
        if key in found:
            raise BadInput(f"{key!r} stands twice (line {key_node.start_mark.line + 1})")
        found[key] = _value(yaml, value_node, depth + 1, above)
    return found


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "null", "~"):
        return None
    bare = text.removeprefix("-")
    if bare.isascii() and bare.isdigit() and (bare == "0" or not bare.startswith("0")) and len(bare) < 16:
        return int(text)
    return text
