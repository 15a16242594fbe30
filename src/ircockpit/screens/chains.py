"""Recipes on the containment tab: which one, the whole of it with one confirmation, and its course step by step."""

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.chain_actions import recipes_for
from ircockpit.features.containment.chaining import Chain
from ircockpit.features.containment.recipes import Recipe
from ircockpit.inert.gate import clean
from ircockpit.net.giveup import GiveUp
from ircockpit.render.span import Span
from ircockpit.screens.confirmations import to_chain
from ircockpit.screens.controls import Controls
from ircockpit.screens.course import waiting
from ircockpit.widgets.confirm import Choice

MOST = 9


class Chains(Controls):
    """What plays a recipe of the incident's system."""

    _recipes: tuple[Recipe, ...] = ()

    def act_chain(self, _: Action) -> None:
        """``p``: the only recipe there is, or the one whose digit is pressed."""
        found = recipes_for(self.deck.station, self.read_row())
        self._recipes = tuple(each.recipe for each in found if not each.why_not)[:MOST]
        if not self._recipes:
            first = next(iter(found), None)
            none = "this system has no recipe; :contain recipes says where one belongs"
            self.say(f"not now: {first.recipe.name}, {clean(first.why_not)}" if first else none, "warn")
        elif len(self._recipes) == 1:
            self._plan_chain(1)
        else:
            choices = [Choice(str(digit), clean(each.title)) for digit, each in enumerate(self._recipes, 1)]
            self.bar.choose("recipe", (Span(" which recipe? its digit", "key"),), choices, foreign=True)

    def _plan_chain(self, digit: int) -> None:
        recipe, give_up = self._recipes[digit - 1], GiveUp()
        self._stop_waiting()
        offer = next((each for each in self._offers if each.control.name == recipe.steps[0].control), None)
        self._prepared, self._problem = None, None
        self._waiting = waiting(offer, give_up) if offer else None
        self._show_body()
        self._beside.plan_chain(
            self.ident,
            recipe,
            give_up,
            lambda found: self.app.call_from_thread(self._ask_chain, found, give_up),
        )
        self._preserve()

    def _ask_chain(self, found: Chain | CockpitError, give_up: GiveUp) -> None:
        if self._came(found, give_up) and isinstance(found, Chain):
            self._confirm(to_chain(self.deck, found, self.read_row().short))

    def _send_chain(self, chain: object) -> None:
        if not isinstance(chain, Chain):
            return
        who = clean(self.deck.station.identity.name)
        course = self._begin(
            chain.links[chain.start - 1].offer.digit, f"{chain.recipe.name}, approved by {who}"
        )
        self._beside.run_chain(chain, self._tells(course), self._ends(course))
        self._show_body()
