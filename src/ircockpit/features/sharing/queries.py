"""What sharing leaves open on this device, as the view and the log know it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ircockpit.store.view import View


def conflicts(view: "View") -> int:
    """How many things people disagree about."""
    return sum(
        int(view.rows(f"SELECT count(*) FROM \"{kind}\" WHERE disputed <> ''")[0][0])
        for kind in view.table.kinds
    )
