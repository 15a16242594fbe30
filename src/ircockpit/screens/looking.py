"""The lens and the clipboard from a screen: what the cursor is on, its raw words made visible, its safe text copied."""

import os
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.inert.foreign import is_safe
from ircockpit.inert.gate import clean, cut
from ircockpit.widgets.calm_app import CalmApp

if TYPE_CHECKING:
    from ircockpit.features.record.texts import Thing
    from ircockpit.screens.doing import Doing
    from ircockpit.screens.frame import Frame

SUBJECTS = ("action", "signal", "incident", "target")
"""What a screen is about where no row of it is a thing, the narrowest first."""
WHOLE_PATH_FROM = 120
"""Columns from which a sentence has room for the whole path of a file."""


def behind(screen: "Frame") -> "Thing | None":
    """The thing the cursor is on; on a page of lines, the one that the page was opened from."""
    from ircockpit.features.record.texts import thing_by_id

    view = screen.deck.station.view
    for front in reversed(screen.app.screen_stack):
        rows = front.rows() if hasattr(front, "rows") else None
        idents = [rows.key if rows is not None else None]
        idents += map(front.subject, SUBJECTS) if hasattr(front, "subject") else []
        for ident in idents:
            found = thing_by_id(view, ident) if ident else None
            if found is not None:
                return found
    return None


def look_at(screen: "Frame") -> None:
    """``x``: the raw words behind what the cursor is on, on a page of their own."""
    from ircockpit.features.record.lens import looked, of_thing
    from ircockpit.features.record.texts import strings_in
    from ircockpit.screens.page import Page
    from ircockpit.screens.revealed import Revealed

    if is_safe():
        screen.say(
            f"not beside safe summaries: {screen.deck.key('view.safe')} shows the words of others again",
            "warn",
        )
        return
    if isinstance(screen, Page) and screen.data is not None:
        result = looked(screen.crumb(), list(strings_in(screen.data)), tricky=True)
    elif isinstance(screen, Revealed):
        # That they are looked at is on record; the lens has no clock that ends it, so the words stay blurred there.
        result = looked("reveal", list(strings_in(screen.raw())), blur=screen.blurs)
    elif (found := behind(screen)) is not None:
        result = of_thing(found)
    else:
        screen.say("nothing here is in the words of others")
        return
    page = Page(screen.deck, f"lens {clean(str(result.data['name']))}", result.lines)
    # Looked at once more it is as harmless as it is shown.
    page.data = [each["shown"] for each in result.data["texts"]]
    screen.app.push_screen(page)


def copy_from(screen: "Frame", what: str) -> None:
    """``y`` copies the id of what the cursor is on; ``Y`` its record, or the page one reads, as safe text."""
    from ircockpit.features.record.copying import safe_lines, safe_text
    from ircockpit.screens.page import Page

    found = behind(screen)
    if what == "record" and isinstance(screen, Page) and screen.data is not None:
        name, text = "page", safe_lines(screen.words())
    elif found is None:
        screen.say("nothing here has an id", "warn")
        return
    else:
        name, text = found.short, found.short if what == "id" else safe_text(found)
    words = give(screen, name, text)
    if words:
        screen.say(words, "ok")


def give(screen: "Doing", name: str, text: str) -> str:
    """Give a text to the clipboard as far as there is one; where it went, in words, empty where a failure was told."""
    from ircockpit.features.record.copying import hand_over, said

    app = screen.app
    profile = screen.deck.station.profile
    try:
        ways = hand_over(profile, text, os.environ, app.send if isinstance(app, CalmApp) else None)
    except CockpitError as error:
        screen.tell(error)
        return ""
    place = str(profile.copied) if screen.size.width >= WHOLE_PATH_FROM else profile.copied.name
    return f"{cut(name, 9)} {said(place, ways)}"
