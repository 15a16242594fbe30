"""Writes the generated pages in docs (commands, keys, cheatsheet and so on); ``--check`` says what is not current."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tools.connector_page import connectors_page, schema_text  # noqa: E402
from tools.jobs import JOBS, Words, count, keys  # noqa: E402
from tools.pictures import PICTURES  # noqa: E402
from tools.playbook_page import playbooks_page  # noqa: E402

from ircockpit.command.action import Action, Danger, Kind, Param  # noqa: E402
from ircockpit.command.gestures import GESTURES  # noqa: E402
from ircockpit.command.keys import Entry, label  # noqa: E402
from ircockpit.command.parser import option  # noqa: E402
from ircockpit.core.errors import ExitCode  # noqa: E402
from ircockpit.features.catalogue import actions  # noqa: E402
from ircockpit.screens.keywords import OWN, PLACES  # noqa: E402

HEAD = "<!-- Written by `make docs` from the registry. Change it there. -->\n"

_BRIEF = 40
"""Characters of a title that stands on the cheat sheet as it is; of a longer one its first words do."""
_PURPOSES = {
    "stop": ("containment",),
    "move": ("move", "list.jump"),
    "incidents": ("triage", "incident", "signal", "intake"),
    "keep": ("evidence",),
    "impact": ("impact",),
    "proof": ("replay", "readiness"),
    "open, go back": ("row.open", "screen", "history", "view.last"),
    "the row": ("row",),
    "the list": ("list", "view.choose", "view.keep", "detail"),
    "tabs": ("tab",),
    "decide": ("decision", "task"),
    "roles": ("role", "response", "checklist", "partner"),
    "clocks": ("clock",),
    "playbook": ("step", "variable"),
    "team": ("care", "handover", "notice"),
    "record, hub": ("record", "sync"),
    "the screen": ("times", "view.safe", "settings", "app"),
    "words": ("reveal",),
    "all the rest": ("command", "palette", "help"),
}
"""What keys are for on the cheat sheet, by the ids that belong there or the beginnings of them; the longest counts."""

DANGERS = {
    Danger.READ: "changes nothing",
    Danger.RECORD: "adds to the record or the profile on this device",
    Danger.OUTSIDE: "reaches a system outside: without `--yes` the plan is shown and nothing is sent",
    Danger.WIDE: "wide or irreversible: needs `--yes` and the id typed again",
}

EXITS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "not done, or done without the effect: a stop that did not become effective, a write that failed",
    ExitCode.USAGE: "the words of the command, or a file or value given, are not of the form they must have",
    ExitCode.OFFLINE: "the hub or a target could not be reached; nothing is lost, trying again is safe",
    ExitCode.TIMEOUT: "sent, but no answer came in time; read back before anything else",
    ExitCode.CONFLICT: "somebody else changed the same thing; nothing was overwritten",
    ExitCode.DAMAGED: "the profile cannot be read or written, or the record does not verify",
    ExitCode.REFUSED: "not allowed now: not confirmed, not trusted, no secret, or not the right state",
    ExitCode.NOT_FOUND: "nothing has that name or id",
    ExitCode.HUNG_UP: "the terminal is gone (SIGHUP); what was acknowledged is kept",
    ExitCode.INTERRUPTED: "interrupted from the keyboard; what was acknowledged is kept",
    ExitCode.TERMINATED: "ended by SIGTERM; what was acknowledged is kept",
}

SHAPES = {
    "queue": "`incidents`: list of *incident*; `to_review`: list of *signal group*",
    "incident": "`id short title severity provisional status owner owner_name system impact opened_us containment"
    " disputed`; `containment` holds `state control ms`. `show` adds `actions` (list of *containment action*), `triage`"
    " (answers by field), `disputes` (by field, each a list of `author value at_us`) and `merged` (by field, the text that"
    " `X` offers where both changes fit together)",
    "timeline rows": "list of `event at occurred actor name type text body`",
    "entry": "`event incident`",
    "undone": "`undone`: list of event ids that were taken back; `left`: list of `event reason`",
    "view": "`name filter built_in`",
    "views": "list of *view*",
    "signal group": "`id short title count source severity system reason grouped state newest_us`; `reason` is why the"
    " system, `grouped` why they are one group",
    "signal group or incident": "*signal group* or *incident*, whichever was named",
    "status": "`incident short text next_us file`; `next_us` is 0 of a closed one, `file` empty with `--dry-run`",
    "handover": "`at_us by since open more in_force due calls to_do clocks duties_not_decided undecided to_review"
    " disagreements disagreed_beside unsent unsent_files owners last new_beside given to file`; `given` is the event"
    " where it was handed over",
    "decision": "`id short at_us who who_name decided why source authority withdrawn kind about answers tasks`; `tasks`"
    " is a list of *action item*, `answers` null or `role held holders`: the accountable role, and whether whoever decided"
    " held it",
    "duty role": "`role title holders offered delegate until_us delegated disputed accountable authorises`; `holders` and"
    " `offered` are lists of `user name since_us`, `delegate` is one or null,"
    " `accountable` and `authorises` are decisions of *raci*",
    "duty roles": "list of *duty role*",
    "raci": "`decisions roles own refused`; `decisions` is a list of `id title from accountable raci authorises acts`, `roles`"
    " of `id title does`, `own` names files of the profile that are in force, `refused` says why others are not",
    "escalation": "`taken taken_by system levels next ends_us`; `levels` is a list of `level who how due_us called_us answer`,"
    " `next` 0 where nobody is to be called; `called` adds `event called`",
    "check": "`item role do done disputed by at_us`",
    "checklist": "list of *check*",
    "partner": "`id short organisation part person contact`; the last two are `withheld` to those who may not read them",
    "partners": "list of *partner*",
    "decisions": "list of *decision*; what another act decided has an empty `short`, and as `id` the event's",
    "action item": "`id short incident incident_short decision todo owner owner_name due_us state disputed`; `due_us` is null"
    " where no time is set",
    "action items": "list of *action item*",
    "clocks": "`clocks banners refused`: a list of `incident short clock regime article title recipient clock_state why due_us"
    " left_us extended_us at_once_us since_us counted_from filed_us late unknown waiting notes binding confidence retrieved_on"
    " source`, one of `incident short banner says article forbids why`, and the files of duties that are not used; times that"
    " cannot be said are null, `left_us` is below 0 of one that is overdue, `unknown` names facts and `waiting` events",
    "clock whole": "as one of `clocks` in *clocks*, and `quotes checklist note filings answers anchors`: `id time reference"
    " exhibit withdrawn` of each submission, `question answer by disputed` of each answer,"
    " `id name time low high why source by withdrawn earliest_us` of each event it is counted from",
    "calendar file": "`file entries`",
    "playbook": "`short id version name sha256 given_sha256 source by approved_by retired may_begin`; `show` adds `category"
    " context authorises speaks` and `steps`, a list of `id depth type name`",
    "playbooks": "list of *playbook*",
    "findings": "`playbook`; `changes`: list of `place before after why`; `findings`: list of `rule severity place sentence fix"
    " line`; once taken in, a *playbook*",
    "differences": "list of `how what name of`",
    "files": "list of `file sha256`",
    "run": "`incident run name playbook version sha256 source done of over variables`; `steps`: list of *step*; null where no"
    " playbook is followed",
    "step": "`step number id type name state why round until_us owner whose way disputed mine`; `about` gives `tab why`",
    "armed": "`minutes`, 0 where it is armed no more",
    "exposure sums": "`seconds lifts hours advice`; with `--team` `hours people`, a list of `user name seconds lifts`",
    "exposure": "`exposure signal short raw place category severity blurred`, and `prompt` and `output` as far as they"
    " were asked for: the raw words, not made inert",
    "lens": "`name counts would left_out texts`, of a thing of the record `id kind` too; `texts` is a list of `name characters"
    " looked_at counts shown raw`: `shown` has every trick by name, `raw` is not made inert; `counts` is by class of trick",
    "copied": "`id kind text file`",
    "intake": "`name sha256 size format found added bad unread skipped groups over broken`; `bad` is a list of `line reason` of"
    " the first of them, `groups` of *signal group*, `over` how many known signals their monitor says are over",
    "containment action": "`id short incident control title family state ms detail summary target plan expires people"
    " recipe`. `stop`"
    " without a control gives instead a list of `digit control title target blast why_not state`; before it is confirmed,"
    " and with `--dry-run`, `plan control target change requests way_back probe could_fail on_already sent`: `change` holds"
    " `what now after back`, a request `method url headers body`, a header its name, its value and the source of the secret"
    " that follows the value; `probe` is a request too, with what it `reads` now and `why` that proves nothing, its"
    " `addresses`, how many `replicas` answer behind each, and how many answers `in_a_row` are asked for."
    " `contain check` adds `now`: `engaged drifted unknown`, and with `unknown` `last_read_us`",
    "approval": "`action plan bound approved`; `bound` holds all that the hash is over. `attest` gives `action counts`",
    "review": "`action verdict`",
    "containment record": "*containment action* with `time_to_contain_ms reached authority steps captured_before captured_beside"
    " not_captured`; a step is `event at_us actor device type body`",
    "recipes": "list of `name title steps`; a step is one of `on lift check` with the control's name, and `until`",
    "chain": "`recipe steps done sent holds`; `holds` is a list of *containment action*",
    "card": "`incident control card file`",
    "extension": "`action expires`",
    "answers": "`action answers`: a pseudonym",
    "what waits": "list of `kind action short incident words mine`; `kind` is `approve send others review overdue drifted"
    " unsettled left`",
    "containment actions": "list of *containment action*",
    "preserved rows": "list of `name title outcome exhibit why at_us device`; `outcome` is `kept`, `in part` or `not kept`; with"
    " `--stop`, `incident stopped`",
    "connector findings": "`findings`: list of `line place what fix`; `sha256` where there are none",
    "connector choices": "list of `value label`",
    "first control": "`system control connector proved why_not course badge`; `system` is as `system add` prints it, or null"
    " where nothing was recorded; `badge` is null or `server target at_us actions`",
    "connector trial": "`connector sha256 target tried badge`; `tried` is a list of `action word said course unready`, `badge` is"
    " null or `server target at_us actions`",
    "connectors": "list of `id sha256 origin actions`; `trust` gives `id sha256`",
    "triage": "`incident short severity decided override answers category flags reasons missing assumed formal context criteria"
    " confidence source_severity playbooks again criteria_file criteria_refused`; `decided` is what the answers come to,"
    " `severity` what holds, `formal` is `formal`, `routine` or `not decided`, `criteria` a list of `id says outcome`, `again`"
    " holds `why at_us changed`, or is null",
    "form": "`incident short form file severity flags questions`; `questions` is a list of `question ask type asked value who"
    " at_us sides`, `sides` of author and answer where people differ",
    "taxonomy": "`scheme version source licence codes`; `codes` is a list of `code name group text`",
    "taxonomy rows": "list of `scheme version codes`, of `taxonomy list` also `title source licence imported`",
    "system": "`name owner on_call context match targets controls fallback affected escalation preserve`; `targets` is a list of"
    " `name admin probe auth ca probe_auth cert probes replicas`, the last two where they are said; `controls` and `preserve`"
    " of `name title connector action target params`, `escalation` of `who how minutes`",
    "system rows": "list of *system*",
    "exhibit": "`ident short label incident stream number name sha256 size origin acquired by kind clear disputed`,"
    " of `evidence add` also `added`, of `evidence export` `to`",
    "fetched exhibit": "*exhibit* and `fetched`",
    "impact row": "`id kind name jurisdiction region certainty source state state_set disputed`, of a group also `people`, of an"
    " act `type amount_minor currency target`; `state_set` is `by at_us why`, empty where nobody has set it",
    "impact": "`incident short summary matching rows`; `rows` is a list of *impact row*, `summary` `people confirmed by_state"
    " by_jurisdiction acts acts_by_state sums disputed`: of people each number is `listed grouped low high`, `sums` a"
    " list of `currency minor left_minor`",
    "impact import": "`kind columns sha256 read new known changed hashed joined unplaced refused reasons recorded`; `reasons` is"
    " a list of `line why`",
    "impact states": "`state chosen changing changed`",
    "replay": "`incident short line sets runs watches`; `line` is the newest result in one line, `sets` a list of *sealed"
    " prompts*, `runs` of *replay run*, `watches` of *watch*",
    "sealed prompts": "`id name prompts`; `prompts` is a list of `signal sha256 output_sha256`",
    "replay run": "`id short incident phase state before action target url`, the terms as they were planned (`api number"
    " confidence bound model input rate tokens length timeout_ms method pattern`), `sent counts share said why"
    " exhibit`; `counts` is by outcome (`reproduced other blocked refused failed silent open`), `said` a list of sentences",
    "replay answer": "`answer prompt output left of category blurred`; after a verdict *replay run*",
    "notices": "list of `id short incident template sha256 channel recipients subject text level automatic number outcome why ms"
    " at_us`; of `notify send` that sends nothing `channel recipients template sha256 subject text level`",
    "channels": "`channels`, a list of `name source about behind for automatic timeout_s address`, and `complaints`",
    "templates": "list of `id title subject text sha256 own`; of one template that alone",
    "test": "`channel text`; where it was sent also `outcome why ms`",
    "watch": "`id short incident run minutes until_us state last_us due_us`; of `replay watch` `sent`, a list of `watch run"
    " said`",
    "readiness": "list of `system id ready controls contact waits`; of a control `control connector action target accepted proof"
    " proved failure stuck secrets probe every_hours`, where `proved` is nothing or `at_us who server where incident here`; a"
    " secret `uri word said at_us`, the contact `word contact who how at_us`, what waits `kind what words since_us`",
    "contact": "`system contact how`",
    "proofs": "`proofs`: list of `system control word said course`; where nothing was confirmed `system control sent`, or `due`",
    "schedule": "`system control every_hours approved`",
    "due": "list of `kind state system said since_us incident`",
    "stored secret": "`source stored`",
    "secrets": "list of `source needed_by there why fix`; `source` is empty for what is none",
    "disclosure": "`incident audiences classes`; `audiences` gives of each audience the highest marking it is handed, `classes`"
    " is a list of `class tlp goes_to why`",
    "rules": "`used`: list of `place sha256 agreed own_sha256 differs`; `recorded`: list of *rule file*",
    "rule file": "`id short place sha256 by approved_by retired in_force`",
    "rule file with text": "a *rule file* and its `text`",
    "exhibits": "list of *exhibit*, each with `here` and `hub`",
    "hold": "`ident short event stream by at_us why entries in_force at`; `entries` is 0 for the whole record",
    "holds": "list of *hold*",
    "erasure plan": "`entries ordered orders`; `entries` is a list of `event type by parts of bytes files same_words`",
    "erasures": "`erasures here left`; `erasures` is a list of `ident event stream by at_us why entries counts holds devices"
    " at`, `devices` of `device name at_us confirmed`; `here` is `done`, `rewrite` or `confirm`",
    "scope": "`entries scope`",
    "fetched": "`event reading body`",
    "companion": "`incident record at_us by held at`",
    "companion record": "*companion* and `entries` of `event at_us by text missing`",
    "bundle looks": "list of `place id shape made by org trust refused entries new files files_new streams authors uncertified"
    " missing damages says`; `streams` is a list of `stream title entries new anchored`, `authors` of `device name entries`,"
    " `damages` of `place what`",
    "bundles taken over": "`taken bundles`: `new held doubted confirmed filled files files_unnamed`, and *bundle looks*",
    "bundles": "`id shape org entries files streams bundles left_out says`; `bundles` is a list of `place files`",
    "person": "`id name`",
    "sync state": "`state words hub unsent unconfirmed quarantined refused conflicts last_ok_us trouble alarms`; `alarms` is a"
    " list of `kind stream text at`",
    "hub status": "`devices streams events quarantined forks members time`; `members` is a list of `device user name role`",
    "standing": "`hub last_ok_us waiting provisional records not_accepted refused disputes files fetching alarms`; `records`"
    " is a list of `stream incident title waiting since_us`, `disputes` of `incident short field sides`, `files` of hashes,"
    " `fetching` of `sha256 done total rate running`",
    "invitation": "`code name role minutes url`",
    "membership": "`org hub role name`",
    "trust": "`org fingerprint joined hub root device devices hub_keys successors facts`; `root` holds `path passphrase"
    " successor`, `device` `id user certificate key_home certified_by`, `devices` is a list of `device user name certified_by"
    " keys revoked lanes reason`, `hub_keys` of `purpose fingerprint`, `facts` of `state about what fix`",
    "root key": "`path passphrase`, and after protecting it `written_over`",
    "successor": "`file fingerprint passphrase org`",
    "new key": "`file fingerprint changed key`",
    "request": "`file fingerprint device user`",
    "certified": "`device user name fingerprint replaces certified file`",
    "accepted": "`org fingerprint hub name user joined`",
    "members": "list of `user name missing role devices you entries`; `devices` is a list of `device revoked`, `entries` of"
    " `event at type text missing`; no `role`: removed",
    "member": "`user name role device`",
    "revocation": "`device lanes already`; `already`: it was revoked before, and nothing was changed",
    "restored hub": "`generation streams events`",
    "entries not accepted": "list of `event stream record author author_name own type text reason means do adoptable"
    " adopted_by`",
    "adoption": "`event stream adopted_by`; `adopted_by` is the id of the new entry, empty where it counted already",
    "verification": "`ok mode events records findings end_proved revoked erased withheld`; `revoked` has `events refused"
    " adopted`; `records` is a list of `stream title events"
    " lanes anchored`, `findings` of `kind stream record device device_name epoch n event what means fix`",
    "rebuild": "`events same left_out entities`",
    "doctor lines": "list of `state about what fix safe`",
    "backup": "`to new made device org name hub events tip keys blobs`; `new` is false where this very state lay there",
    "restored profile": "`home kept waiting`, and `made` to `blobs` as of the backup; `kept` names what was there before",
    "completion script": "`shell script`",
    "demo report": "with `--check` `ok checked`; `checked` is a list of `what holds`",
    "settings": "`settings troubles`; `settings` is a list of `name value default source means effect choices range`, `troubles`"
    " of `sentence line`",
    "setting": "`name value effect`",
    "nothing": "`null`",
}
"""What ``--json`` prints, by the name an action gives its result."""


def commands_page(registry: Sequence[Action]) -> str:
    """docs/commands.md."""
    unknown = {action.result for action in registry} ^ set(SHAPES)
    if unknown:
        raise SystemExit(
            f"tools/docs.py describes other result shapes than the registry names: {sorted(unknown)}"
        )
    out = [
        HEAD,
        "# Commands\n",
        "Every command is also reachable in the cockpit, by its key or after `:`. `ircockpit` alone opens the cockpit.\n",
        "Data goes to standard output, everything said beside it to standard error. Every command takes `--json` (print"
        " the data as JSON, in ASCII) and `--ascii` (print plain ASCII only). Those that print words of others take"
        " `--safe` (none of them, in the JSON `not shown` instead) and `--words` (all of them, where `care.safe` is set; JSON"
        " is whole unless `--safe` is said). Ids are the short ones that the queue"
        " shows, or the full ones of the JSON.\n",
        "## Exit codes\n",
        *_table(("code", "meaning"), [(str(int(code)), EXITS[code]) for code in ExitCode]),
        "",
    ]
    for action in registry:
        out += _command(action)
    out += ["## What `--json` prints\n"]
    out += _table(("shape", "keys"), [(name, keys) for name, keys in SHAPES.items() if keys])
    return "\n".join(out) + "\n"


def keys_page(entries: Sequence[Entry]) -> str:
    """docs/keys.md."""
    out = [
        HEAD,
        "# Keys\n",
        "`?` shows the keys of the place you are in, with those of your own. Every key that acts on the record is also a"
        " command: [commands.md](commands.md). `config.toml` in the [profile](profile.md) gives other keys by the id:"
        ' `incident.take = "ctrl+t"` under `[keys]`.\n',
        "## Everywhere\n",
        *_keys(entry for entry in entries if "*" in entry.places and entry.keys),
    ]
    named = {place for entry in entries for place in entry.places if place[0] not in "*-"}
    for place, words in PLACES.items():
        here = [entry for entry in entries if entry.keys and place in entry.places]
        rows = [(keys, words, "", "") for keys, words in OWN.get(place, ())]
        if here or rows:
            out += [f"\n## {words[0].upper()}{words[1:]}\n", *_keys(here, rows)]
    if unknown := named - PLACES.keys():
        raise SystemExit(f"screens/keywords.py has no words for {sorted(unknown)}")
    return "\n".join(out) + "\n"


def cheatsheet_page(entries: Sequence[Entry]) -> str:
    """docs/cheatsheet.md."""
    out = [
        HEAD,
        "# Cheat sheet\n",
        "Every key on one page; what each does in full: [keys.md](keys.md). Words in bold are the command after `:`.\n",
        *_short("everywhere", [entry for entry in entries if "*" in entry.places]),
    ]
    for place, words in PLACES.items():
        out += _short(words, [entry for entry in entries if place in entry.places], OWN.get(place, ()))
    rows = []
    for job in JOBS:
        pressed = keys(job, entries)
        shown = " ".join(f"*{each.what}*" if isinstance(each, Words) else f"`{each}`" for each in pressed)
        rows.append((job.title, shown, str(count(pressed))))
    return "\n".join([
        *out, "## Ten jobs, in keys\n", "From the queue, the cursor on what it is about; words are not counted."
        " An incident closes once no control of it is in force.\n",
        *_table(("job", "keys", "count"), rows),
    ]) + "\n"  # fmt: skip


def screens_page() -> str:
    """docs/screens.md."""
    out = [
        "<!-- Written by `make docs` from tools/pictures.py. Change it there. -->\n",
        "# Screens\n",
        "Every screen and every tab, drawn by `make screens` from the running program: the demo from end to end, an empty"
        " profile, and a stop on a real Envoy. Time, names and ids are held still, so that each run draws the same; the"
        " seconds a stop took are those of the run.\n",
    ]
    for each in PICTURES:
        out += [f"## {each.title}\n", f"{each.about}\n", f"![{each.title}](screens/{each.name}.svg)\n"]
    return "\n".join(out)


def _short(words: str, entries: Sequence[Entry], own: Iterable[tuple[str, str]] = ()) -> list[str]:
    by_purpose: dict[str, list[str]] = {purpose: [] for purpose in ("here", *_PURPOSES)}
    by_purpose["here"] = [f"`{keys}` {about.partition(';')[0].partition(',')[0]}" for keys, about in own]
    for entry in entries:
        if entry.keys:
            does = f"**{' '.join(entry.verb)}**" if isinstance(entry, Action) else _brief(entry)
            by_purpose[_purpose(entry.id)].append(f"`{label(entry.keys[0])}` {does}")
    rows = [(purpose, " · ".join(said)) for purpose, said in by_purpose.items() if said]
    head = "everywhere" if words == "everywhere" else f"in {words}"
    return [*_table((head, "keys"), rows), ""] if rows else []


def _purpose(ident: str) -> str:
    found = [
        (len(beginning), purpose)
        for purpose, beginnings in _PURPOSES.items()
        for beginning in beginnings
        if ident == beginning or ident.startswith(f"{beginning}.")
    ]
    if not found:
        raise SystemExit(f"tools/docs.py does not say what {ident} is for on the cheat sheet")
    return max(found)[1]


def _brief(entry: Entry) -> str:
    return entry.title if len(entry.title) <= _BRIEF else re.split("[,;:]", entry.title)[0]


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    registry = actions()
    return {
        ROOT / "docs" / "commands.md": commands_page(registry),
        ROOT / "docs" / "keys.md": keys_page((*registry, *GESTURES)),
        ROOT / "docs" / "cheatsheet.md": cheatsheet_page((*registry, *GESTURES)),
        ROOT / "docs" / "playbooks.md": playbooks_page(),
        ROOT / "docs" / "screens.md": screens_page(),
        ROOT / "docs" / "connectors.md": connectors_page(),
        ROOT / "docs" / "connector.schema.json": schema_text(),
    }


def stale() -> list[str]:
    """Names of the pages that are not what the registry says."""
    return [
        path.name for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text
    ]


def _command(action: Action) -> list[str]:
    words = " ".join(["ircockpit", *action.verb])
    title = action.title[0].upper() + action.title[1:]
    out = [f"## `{words}`\n", f"{title}.{' ' + action.long if action.long else ''}\n"]
    rows = [(f"`{_spelled(param)}`", _about(param)) for param in action.params]
    if action.danger in (Danger.OUTSIDE, Danger.WIDE):
        rows.append(("`--yes`", "confirm: send what the plan shows"))
    if rows:
        out += [*_table(("parameter", "meaning"), rows), ""]
    facts = [f"Effect: {action.effect or DANGERS[action.danger]}."]
    if action.keys:
        facts.append(f"Key: {_where(action)}.")
    if action.undo:
        facts.append(f"Taken back by `{action.undo}`.")
    facts.append(f"Prints: {action.result}." if action.result != "nothing" else "Prints no data.")
    return [*out, " ".join(facts) + "\n"]


def _spelled(param: Param) -> str:
    name = option(param)
    shown = param.metavar or ("|".join(param.choices) if param.choices else param.name.upper())
    if param.positional:
        return shown if param.required else f"[{shown}]"
    if param.kind is Kind.FLAG:
        return name
    return f"{name} {shown}"


def _about(param: Param) -> str:
    notes = []
    if param.required and not param.positional:
        notes.append("required")
    if param.many:
        notes.append("several words" if param.positional else "may be repeated")
    if param.choices and param.metavar:
        notes.append(f"one of {' '.join(param.choices)}")
    if param.default not in (None, "", False):
        notes.append(f"default {param.default}")
    return param.help + (f" ({', '.join(notes)})" if notes else "")


def _where(action: Action) -> str:
    named = [PLACES[place.removeprefix("-")] for place in action.places if place != "*"]
    apart = f" but in {named[0]}" if named else ""
    places = f"everywhere{apart}" if "*" in action.places else f"in {' and '.join(named)}"
    return f"{', '.join(f'`{label(key)}`' for key in action.keys)} {places}"


def _keys(wanted: Iterable[Entry], first: Iterable[Sequence[str]] = ()) -> list[str]:
    rows = [
        (
            ", ".join(f"`{label(key)}`" for key in entry.keys),
            entry.title,
            f"`{entry.id}`",
            f"`{' '.join(entry.verb)}`" if isinstance(entry, Action) else "",
        )
        for entry in wanted
    ]
    return _table(("key", "what it does", "id", "command"), [*first, *rows])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]


def main(words: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` name those that are not current and exit with 1."""
    if "--check" in words:
        old = stale()
        if old:
            print(f"not current: {', '.join(old)}; run: make docs", file=sys.stderr)
        return 1 if old else 0
    for path, text in pages().items():
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
