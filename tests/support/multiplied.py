"""A view of very many incidents and signals, made by the engine itself: only what reads it is under test."""

from ircockpit.store.view import View

_NUMBERED = "WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?)"
_IDS = {
    "incident": "printf('%08x-0000-8000-8000-%012x', k, k)",
    "group": "printf('%08x-0000-4000-8000-%012x', k, k)",
}


def multiply(view: View, kind: str, rows: int) -> None:
    """Put so many copies of the first thing of a kind into the view, each with an id and a number of its own."""
    sample = view.rows(f'SELECT * FROM "{kind}" LIMIT 1')[0]  # noqa: S608 - declared name
    columns = [row[1] for row in view.rows(f'PRAGMA table_info("{kind}")')]
    first = view.rows("SELECT max(num) FROM entity")[0][0]
    own = {"id": _IDS[kind], "num": f"k + {first}", "place": f"{sample[columns.index('place')]} + k % 997" if
           "place" in columns else "", "words": "'wrong dose number ' || k || ' ' || char(31) || k || ' people'"}  # fmt: skip
    spelled = [own.get(name) or "?" for name in columns]
    given = [value for name, value in zip(columns, sample, strict=True) if not own.get(name)]
    entity = f"k + {first}, {_IDS[kind]}, ?, stream, lam, event, at_us, '{{}}', printf('%012x', k), ''"
    with view.db:
        view.db.execute(
            f"{_NUMBERED} INSERT INTO entity SELECT {entity} FROM n JOIN entity e ON e.id = ?",  # noqa: S608 - fixed text
            (rows, kind, sample[0]),
        )
        copies = f'INSERT INTO "{kind}" SELECT {", ".join(spelled)} FROM n'  # noqa: S608 - names from the table itself
        view.db.execute(f"{_NUMBERED} {copies}", (rows, *given))
