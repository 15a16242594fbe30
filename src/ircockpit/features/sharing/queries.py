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


def not_accepted(view: "View", refused: int) -> int:
    """How many entries the hub did not take in (``refused``), or took in without their counting."""
    rows = view.rows("SELECT count(*) FROM entry WHERE doubt LIKE 'quarantined:%' AND type<>'lane.opened'")
    return refused + int(rows[0][0])
