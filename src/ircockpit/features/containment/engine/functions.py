"""The functions a connector's expressions may call beside those of JMESPath, each needed by a real control."""

from base64 import b64decode, b64encode
from functools import cache
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.containment.engine.tables import lines_of

if TYPE_CHECKING:
    from jmespath.functions import Functions

NAMES = ("get", "where", "b64e", "b64d", "from_json", "lines", "split", "lower")
"""What :func:`functions` adds, in the order of the documentation."""


@cache
def functions() -> "Functions":
    """The standard functions and ours. What a function cannot do raises an error that JMESPath's callers expect."""
    from jmespath.functions import Functions, signature

    text: Any = {"types": ["string"]}
    one = signature(text)
    two = signature(text, text)

    class Ours(Functions):
        """JMESPath's functions and ours; inside a filter ``p`` is out of reach, hence ``get`` and ``where``."""

        @signature({"types": ["object"]}, text)  # type: ignore[untyped-decorator,unused-ignore]
        def _func_get(self, mapping: dict[str, Any], key: str) -> Any:
            return mapping.get(key)

        @signature({"types": ["array"]}, text, {"types": ["string", "number", "boolean"]})  # type: ignore[untyped-decorator,unused-ignore]
        def _func_where(self, rows: list[Any], key: str, value: Any) -> list[Any]:
            return [
                row
                for row in rows
                if isinstance(row, dict) and type(row.get(key)) is type(value) and row[key] == value
            ]

        @one  # type: ignore[untyped-decorator,unused-ignore]
        def _func_b64e(self, plain: str) -> str:
            return b64encode(plain.encode()).decode()

        @one  # type: ignore[untyped-decorator,unused-ignore]
        def _func_b64d(self, encoded: str) -> str:
            return b64decode(encoded, validate=True).decode()

        @one  # type: ignore[untyped-decorator,unused-ignore]
        def _func_from_json(self, raw: str) -> Any:
            try:
                return strict_loads(raw.encode(), floats=True)
            except BadInput as error:
                raise ValueError(error.what) from None

        @one  # type: ignore[untyped-decorator,unused-ignore]
        def _func_lines(self, several: str) -> list[str]:
            return [row for row in lines_of(several) if row.strip()]

        @two  # type: ignore[untyped-decorator,unused-ignore]
        def _func_split(self, whole: str, separator: str) -> list[str]:
            return whole.split(separator) if separator.strip() else whole.split()

        @one  # type: ignore[untyped-decorator,unused-ignore]
        def _func_lower(self, mixed: str) -> str:
            return mixed.lower()

    return Ours()
