"""A control for the budget of repaints: the cockpit, painting as often as Textual does by itself."""

from ircockpit.__main__ import main
from ircockpit.widgets.calm_screen import CalmScreen

if __name__ == "__main__":
    del CalmScreen._compositor_refresh, CalmScreen.on_idle
    main()
