"""Keys follow from the registry: a place's own key wins, people may set their own, and a clash is seen."""

from ircockpit.command.action import Action
from ircockpit.command.keys import collisions, hints, keymap, label

EVERYWHERE = Action("a.all", ("all",), "everywhere", "m:f", keys=("n",), places=("*",), hint="all")
HERE = Action("a.here", ("here",), "here", "m:f", keys=("t", "enter"), places=("queue",), hint="here")
THERE = Action("a.there", ("there",), "there", "m:f", keys=("t",), places=("incident",))
SILENT = Action("a.silent", ("silent",), "silent", "m:f", hint="never shown")
ALL = (EVERYWHERE, HERE, THERE, SILENT)


def test_a_key_does_what_its_place_says() -> None:
    assert keymap(ALL, "queue") == {"n": EVERYWHERE, "t": HERE, "enter": HERE}
    assert keymap(ALL, "incident") == {"n": EVERYWHERE, "t": THERE}
    assert keymap((HERE._replace(keys=("n",)), EVERYWHERE), "queue")["n"].id == "a.here", "in either order"


def test_own_keys_replace_the_given_ones() -> None:
    own = keymap(ALL, "queue", {"a.here": "x,y"})
    assert (own["x"], own["y"]) == (HERE, HERE)
    assert "t" not in own


def test_the_hint_bar_shows_the_first_key_as_people_know_it() -> None:
    assert hints(ALL, "queue") == [("n", "all"), ("t", "here")]
    assert hints((HERE._replace(keys=("exclamation_mark",)),), "queue") == [("!", "here")]
    assert label("ctrl+d") == "ctrl+d"


def test_a_clash_is_named() -> None:
    assert collisions(ALL) == []
    assert collisions((*ALL, HERE._replace(id="a.twin"))) == [
        "t in queue: a.here and a.twin", "enter in queue: a.here and a.twin",
    ]  # fmt: skip
    assert collisions((HERE, HERE)) == [], "one action is no clash with itself"
