"""A secret in memory: it can be handed on, and shows itself nowhere by accident."""

from typing import NoReturn

HIDDEN = "[secret]"
"""What stands wherever a secret's value would."""


class Secret:
    """A secret's value, given only by :meth:`reveal`; printing, logging and pickling do not show it."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str = "") -> None:
        self._value = value
        self.source = source
        """The URI it came from, which may be shown."""

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not copied, pickled or sent")
