"""A tab in which something is picked for an act by one key each, from a list that is shown."""

from collections.abc import Sequence
from typing import Any

from ircockpit.command.action import Action
from ircockpit.render.span import Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.acting import IncidentTab
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.prompt_bar import PromptBar

KEYS = "123456789abcdeghijklmoprstuvwxyz"
"""Keys of what can be picked: none that takes a question back, and not the one that confirms."""


class Picking(IncidentTab):
    """What is picked goes with what an action still asks; further things to pick have their words after ``:``."""

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._picked: tuple[Action, dict[str, Any], str, tuple[str, ...]]

    def pick(
        self, action: Action, param: str, ask: str, offered: Sequence[tuple[str, str]], given: dict[str, Any]
    ) -> None:
        """Ask for one of ``offered``, each a name and what it is; ``given`` is known of the action already."""
        self._picked = (action, given, param, tuple(name for name, _ in offered))
        shown = [
            Choice(key, f"{name.replace('_', ' ')}{': ' * bool(says)}{says}")
            for key, (name, says) in zip(KEYS, offered, strict=False)
        ]
        self.bar.choose("pick", (Span(f" {self.row.short} {ask}", "key"),), shown)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """What was picked goes with what is still asked; everything else is any tab's."""
        event.prevent_default()  # the handler below this one runs by the call, not a second time by itself
        if event.purpose != "pick":
            super().on_prompt_bar_submitted(event)
            return
        action, given, param, names = self._picked
        self._gather(action, {**given, param: names[KEYS.index(event.text)]})
