"""The command that opens the demo, and the key that pulls the hub's cable in it."""

from ircockpit.command.action import Action, Danger, Kind, Param

ACTIONS = (
    Action(
        id="demo.run",
        verb=("demo",),
        title="try everything in five minutes, on a profile of its own",
        handler="ircockpit.demo.actions:run",
        danger=Danger.RECORD,
        needs_profile=False,
        result="demo report",
        params=(
            Param("check", "walk the same path without a screen and print what was verified", Kind.FLAG),
        ),
        long="Nothing of it touches your own profile; everything it started is stopped when it ends.",
    ),
)
