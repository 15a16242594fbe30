"""Patterns for the one spelling in which this program writes signed text: reading that needs no JSON.

What such a pattern matches is strict by itself: each key once and in its place, each value of its form. The strict
reader decides about any other spelling, and says what is wrong where something is.
"""

import re
from collections.abc import Callable, Collection, Mapping

# What is between < and > is what a value says, and is taken out where it is asked for.
_FROM_1 = "[1-8][0-9]{0,15}|9[0-9]{0,14}"
# Every number of this form is within MAX_INTEGER; the few beyond 9·10^15 that are as well are for the strict reader.
FROM_1 = f"<{_FROM_1}>"
COUNT = f"<0|{_FROM_1}>"
WHOLE = f"<0|-?(?:{_FROM_1})>"
DIGEST = '"<[0-9a-f]{64}>"'
EPOCH = '"<[0-9a-f]{16}>"'
UUID = '"<[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}>"'
NAME = '"<[a-z][a-z0-9_.]{0,63}>"'


def reader(
    fields: Mapping[str, str], wanted: Collection[str] | None = None
) -> Callable[[str], re.Match[str] | None]:
    """Matches an object of exactly these fields in this order; its groups are the wanted ones' values, or all."""
    spelled = ",".join(
        f'"{name}":{_marked(form, wanted is None or name in wanted)}' for name, form in fields.items()
    )
    return re.compile(f"\\{{{spelled}\\}}", re.ASCII).fullmatch


def _marked(form: str, wanted: bool) -> str:
    return form.replace("<", "(" if wanted else "(?:").replace(">", ")")
