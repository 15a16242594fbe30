"""The history of places: back, on, the last one, and nothing moved by a way that was not gone."""

from ircockpit.screens.places import LONGEST, History, Place

QUEUE, SYNC, SETTINGS = Place("queue"), Place("sync"), Place("settings")


def walked(*places: Place) -> History:
    history = History()
    for place in places:
        history.visit(place)
    return history


def test_back_and_on_and_a_new_way_forgets_what_lay_ahead() -> None:
    history = walked(QUEUE, SYNC, SETTINGS)
    assert history.step(1) is None
    assert history.step(-1) == SYNC
    history.visit(SYNC)
    assert (history.here, history.last) == (SYNC, SETTINGS)
    assert history.step(1) == SETTINGS
    history.visit(QUEUE)
    assert history.here == QUEUE
    assert history.step(1) is None
    assert history.step(-1) == SYNC


def test_a_way_that_was_not_gone_moves_nothing() -> None:
    history = walked(QUEUE, SYNC, SETTINGS)
    assert history.step(-1) == SYNC
    assert (history.here, history.last) == (SETTINGS, SYNC)
    history.visit(SETTINGS)
    assert history.step(-1) == SYNC


def test_the_same_place_again_is_one_place_and_the_oldest_are_forgotten() -> None:
    history = walked(QUEUE, QUEUE, SYNC)
    assert history.step(-2) is None
    history = walked(*(Place("timeline", str(number)) for number in range(LONGEST + 50)))
    assert history.step(-LONGEST) is None
    assert history.step(1 - LONGEST) == Place("timeline", "50")
