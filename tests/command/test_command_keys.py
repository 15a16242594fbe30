"""Keys follow from the registry: a place's own key wins, people may set their own, and a clash is seen."""

import string

import pytest
from textual.keys import _character_to_key

from ircockpit.command.action import Action
from ircockpit.command.gestures import GESTURES, Gesture
from ircockpit.command.keys import LABELS, collisions, hints, keymap, label, own_keys, spelled

EVERYWHERE = Action("a.all", ("all",), "everywhere", "m:f", keys=("n",), places=("*",), hint="all")
HERE = Action("a.here", ("here",), "here", "m:f", keys=("t", "enter"), places=("queue",), hint="here")
THERE = Action("a.there", ("there",), "there", "m:f", keys=("t",), places=("incident",))
SILENT = Action("a.silent", ("silent",), "silent", "m:f", hint="never shown")
DOWN = Gesture("move.down", ("j", "down"), "down", "move", 1, hint="down")
ALL = (EVERYWHERE, HERE, THERE, SILENT, DOWN)


def test_a_key_does_what_its_place_says() -> None:
    assert keymap(ALL, "queue") == {"n": EVERYWHERE, "t": HERE, "enter": HERE, "j": DOWN, "down": DOWN}
    assert keymap(ALL, "incident") == {"n": EVERYWHERE, "t": THERE, "j": DOWN, "down": DOWN}
    apart = EVERYWHERE._replace(places=("*", "-queue"))
    assert keymap((apart, HERE._replace(keys=("n",))), "queue")["n"].id == "a.here"
    assert keymap((apart,), "incident") == {"n": apart}


def test_own_keys_replace_the_given_ones() -> None:
    own = {"a.here": ("x", "y"), "move.down": ("e",)}
    here = keymap(ALL, "queue", own)
    assert (here["x"], here["y"], here["e"]) == (HERE, HERE, DOWN)
    assert not {"t", "j", "down"} & set(here)
    assert hints(ALL, "queue", own) == [("n", "all"), ("x", "here"), ("e", "down")]


def test_the_hint_bar_shows_the_first_key_as_people_know_it() -> None:
    assert hints(ALL, "queue") == [("n", "all"), ("t", "here"), ("j", "down")]
    assert hints((HERE._replace(keys=("exclamation_mark",)),), "queue") == [("!", "here")]
    assert hints((HERE,), "queue", {"a.here": ()}) == []
    assert label("ctrl+d") == "ctrl+d"


def test_a_clash_is_named() -> None:
    assert collisions(ALL) == []
    twin = HERE._replace(id="a.twin")
    assert collisions((*ALL, twin)) == [("t", HERE, twin), ("enter", HERE, twin)]
    assert collisions((HERE, HERE)) == [], "one action is no clash with itself"
    assert collisions((DOWN, THERE._replace(keys=("j",)))), "what works everywhere works there too"
    assert collisions((DOWN._replace(places=("*", "-queue")), THERE._replace(keys=("j",))))
    assert not collisions((DOWN._replace(places=("*", "-incident")), THERE._replace(keys=("j",))))


def test_keys_of_ones_own_are_spelled_as_they_are_seen() -> None:
    keys, wrong = own_keys(ALL, {"a.here": ["?", "Ctrl+P"], "move.down": ["J", "Down"]})
    assert keys == {"a.here": ("question_mark", "ctrl+p"), "move.down": ("J", "down")}
    assert wrong == ()
    for sign in string.punctuation:
        assert spelled(sign) == _character_to_key(sign)
        assert LABELS[spelled(sign)] == sign
    assert (spelled(" "), spelled("Esc"), spelled("ctrl++")) == ("space", "escape", "ctrl+plus")


def test_two_may_change_places() -> None:
    swapped = {"a.all": ["t"], "a.here": ["n"], "a.there": ["y"]}
    keys, wrong = own_keys(ALL, swapped)
    assert (keys, wrong) == ({"a.all": ("t",), "a.here": ("n",), "a.there": ("y",)}, ())


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"a.here": ["n"]}, "keys: n is both a.all and a.here; a.here as before"),
        ({"a.here": ["z"], "a.all": ["z"]}, "keys: z is both a.all and a.here; a.all and a.here as before"),
        ({"a.nowhere": ["z"]}, "keys: there is no key for 'a.nowhere'"),
        ({"a.silent": ["z"]}, "keys: there is no key for 'a.silent'"),
        ({"a.here": ["ctrl+m"]}, "keys: a.here: terminals send ctrl+m as Enter"),
        ({"a.here": ["f"]}, "keys: a.here: f cannot be had: it sends what is confirmed, and does nothing else"),
        ({"a.here": ["hyper+z"]}, "keys: a.here: there is no key 'hyper+z'"),
        ({"a.here": ["\x1b[2J" * 40]}, "keys: a.here: there is no key '\\x1b[2J\\x1b[2J\\x1b[2J\\x1b[2J\\x1b[2J'"),
        ({"a.here": [""]}, "keys: a.here: there is no key ''"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_is_said_and_the_default_holds(
    stated: dict[str, list[str]], said: str
) -> None:
    keys, wrong = own_keys(ALL, stated)
    assert (keys, wrong) == ({}, (said,))
    assert keymap(ALL, "queue", keys)["t"] is HERE


def test_a_default_that_comes_back_may_take_another_ones_key_with_it() -> None:
    # "t" is free for a.all only while a.here and a.there have other keys, and a.here cannot have "j".
    keys, wrong = own_keys(ALL, {"a.all": ["t"], "a.here": ["j"], "a.there": ["y"]})
    assert keys == {"a.there": ("y",)}
    assert len(wrong) == 2
    assert collisions(ALL, keys) == []


@pytest.mark.parametrize("ident", ["screen.leave", "screen.escape", "command.line"])
def test_nobody_loses_the_way_out(ident: str) -> None:
    keys, wrong = own_keys(GESTURES, {ident: []})
    assert (keys, wrong) == ({}, (f"keys: {ident} cannot be without a key",))
    assert own_keys(GESTURES, {"app.suspend": []}) == ({"app.suspend": ()}, ())
