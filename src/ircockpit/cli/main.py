"""One command from typed words to exit code: parse, run the handler, print."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from ircockpit import __version__
from ircockpit.cli.output import drop_output, fail, print_result, say
from ircockpit.cli.signals import Stopped, ending, stop
from ircockpit.command.action import SAFE, Action, Danger, Result, load, roles_of
from ircockpit.command.parser import Call, build, parse, spelled_out
from ircockpit.command.progress import telling
from ircockpit.core.errors import CockpitError, ExitCode, UsageError, defect
from ircockpit.core.roles import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ircockpit.store.workstation import Workstation


def run(words: Sequence[str]) -> int:
    """Run one command; returns its exit code. No expected failure ends in a traceback."""
    from ircockpit.features.catalogue import actions

    try:
        with ending(stop):
            whole = spelled_out(actions(), words)
            return _run(parse(build(actions(), __version__, only=tuple(whole)), whole))
    except CockpitError as error:
        return fail(error)
    except KeyboardInterrupt as error:
        say("interrupted; what was acknowledged is kept")
        return error.code if isinstance(error, Stopped) else ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read has seen enough.
        drop_output()
        return ExitCode.OK
    except Exception as error:
        if isinstance(error, OSError):
            drop_output()
        return fail(defect(error))


def _run(call: Call) -> int:
    action = call.action
    if action is None:
        raise UsageError(
            "no command was given", fix="ircockpit --help lists them; without words it opens the cockpit"
        )
    if action.cockpit_only:
        words = " ".join(action.verb)
        raise UsageError(
            f"{words} is about a cockpit that is open", safe="nothing was done", fix=f"type :{words} in it"
        )
    params = dict(call.params)
    if action.danger in (Danger.OUTSIDE, Danger.WIDE):
        params["yes"] = call.yes
    handler = load(action.handler)
    if action.needs_profile:
        from ircockpit.features.catalogue import open_workstation, own_keys_are
        from ircockpit.store.profile import HOME_VARIABLE, Profile, default_home
        from ircockpit.store.replacing import finish

        home = default_home()
        if finished := finish(home):
            say(finished)
        is_new = not Profile(home).exists
        with telling(say), open_workstation(home) as station, _answering(action):
            if is_new and sys.stderr is not None and sys.stderr.isatty():
                # A wrong folder looks like a record in which nothing happened.
                say(f"a new profile was made in {home}; for another one set {HOME_VARIABLE}")
            if station.mended:
                say(station.mended)
            own_keys_are(partial(_stated_keys, station))
            if roles_of(action) != EVERYBODY:
                from ircockpit.features.membership.door import check_role

                check_role(station, action)
            if SAFE in action.params and not (params["safe"] or call.words or call.json):
                from ircockpit.features.care.queries import settings_of

                # A program that reads the data asks for what it wants; a person's own setting is not its business.
                params["safe"] = settings_of(station).care.safe
            result: Result = handler(station, **params)
            if station.misses_pages():
                from ircockpit.screens.first_page import remake_pages

                remake_pages(station)
            # Of a long list the rows are read while they are printed.
            print_result(result, as_json=call.json, ascii_only=call.ascii)
    else:
        with telling(say):
            result = handler(**params)
        print_result(result, as_json=call.json, ascii_only=call.ascii)
    return result.code


def _stated_keys(station: "Workstation") -> "Mapping[str, Sequence[str]]":
    from ircockpit.features.care.queries import settings_of

    return settings_of(station).keys


def _answering(action: Action) -> AbstractContextManager[None]:
    """Let a command that takes a passphrase or a secret ask for it; no other one can ask for anything."""
    if not (action.asks or any(param.name == "passphrase" for param in action.params)):
        return nullcontext()
    from ircockpit.cli.prompt import at_terminal

    return at_terminal()
