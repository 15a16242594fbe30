"""What a rule left out is: how it is left out, the seed that notices, and the faults without which none does."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple


class Mutant(NamedTuple):
    """One rule left out."""

    name: str
    at_work: Callable[[], AbstractContextManager[object]]
    """While it is entered, the real code is without the rule."""
    killed_by: int
    """A seed that notices."""
    needs: frozenset[str]
    """Faults without which nobody notices; none where there is no world without them."""
