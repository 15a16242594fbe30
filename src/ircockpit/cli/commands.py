"""The command that belongs to the command line itself: its completion by a shell."""

from ircockpit.command.action import Action, Kind, Param

ACTIONS = (
    Action(
        id="shell.completion", verb=("completion",), title="print what lets a shell complete the commands with Tab",
        handler="ircockpit.cli.completion:completion", needs_profile=False, result="completion script",
        params=(
            Param("shell", "the shell", Kind.CHOICE, positional=True, required=True, choices=("bash", "zsh", "fish")),
        ),
        long="Bash: `source <(ircockpit completion bash)` in ~/.bashrc. Zsh: the same with zsh in ~/.zshrc, behind compinit;"
        " or the output as a file `_ircockpit` of $fpath. Fish: the output as ~/.config/fish/completions/ircockpit.fish."
        " Words, options and choices are completed, and files where a file is meant; nothing of the profile is read for it.",
    ),
)  # fmt: skip
