"""The pictures in docs/screens: what each shows, in which order, and of which screen it is."""

from typing import NamedTuple


class Picture(NamedTuple):
    """One picture."""

    name: str
    title: str
    about: str
    """A plain sentence."""
    says: str
    """Words on the screen by which it is known; it is drawn once they stand there."""
    of: str = ""
    """The class of the screen, where it is the picture of one."""
    tab: str = ""
    """The tab of an incident, where it is the picture of one."""
    light: bool = False
    """Whether the terminal's own background is light."""


PICTURES = (
    Picture("first", "First start", "An empty profile says what to do first.", "with a one-time code", of="Queue"),
    Picture(
        "queue", "Queue", "Incidents by urgency, signals to review below them, and the row under the cursor in full.",
        "to review", of="Queue",
    ),
    Picture("wide", "Queue, 120x40", "The same queue in a larger terminal.", "to review"),
    Picture(
        "filter", "Filter", "The list follows every letter; fields and words are helped along above the prompt.",
        "/ jo sev:2",
    ),
    Picture("marks", "Marks", "Space marks rows; the next key acts on all of them.", "2 marked"),
    Picture(
        "jump", "Jump", "After the apostrophe each row has a letter: one key goes there.",
        "press the letter of a row",
    ),
    Picture(
        "plan", "Confirmation of a stop", "What will be sent, what the probe reads now, and the one key that sends it.",
        "press f to send", of="Stop",
    ),
    Picture(
        "effective", "Containment", "The stop as it was accepted, recorded and proved effective, with the seconds each took.",
        "probes, seen", tab="containment",
    ),
    Picture(
        "lift", "Lifting a stop", "What opens the system again asks for a reason, and for the action's id typed once more.",
        "then f, to lift it",
    ),
    Picture(
        "envoy", "A stop on Envoy", "The same on a real Envoy: the requests to its admin interface, and what its users get.",
        "probes, seen",
    ),
    Picture(
        "recipe", "A recipe", "Controls that belong together, each step with its request, confirmed as a whole.",
        "to run all of it",
    ),
    Picture(
        "record", "The record of a control", "What was asked and answered, by whose authority, what proves it, what was kept.",
        "from sending to effective",
    ),
    Picture(
        "triage", "Triage", "Digits answer; the severity follows at once and says why.",
        "[3]", of="TriageForm", tab="triage",
    ),
    Picture(
        "kind", "Kind of incident", "Which kind it is, the likeliest first; its questions follow.",
        "the likeliest first", of="KindForm",
    ),
    Picture(
        "sync", "Sync", "The hub is out of reach: what waits here, since when, and that nothing is lost.",
        " offline", of="SyncPage",
    ),
    Picture(
        "overview", "Incident", "State, owner, controls and the newest entries; two people disagree, and both are shown.",
        "X settle", of="Incident", tab="overview",
    ),
    Picture("overview-wide", "Incident, 120x40", "The same in a larger terminal.", "X settle"),
    Picture(
        "settle", "A disagreement", "Both versions with their authors; a digit says which one holds.",
        "which owner holds?",
    ),
    Picture(
        "timeline", "Timeline", "Everything that happened, own and others', newest first.",
        "[4 timeline]", of="TimelineTab", tab="timeline",
    ),
    Picture(
        "evidence", "Evidence", "Exhibits with size, hash, who took them in, and where the file is.",
        "E1", of="EvidenceTab", tab="evidence",
    ),
    Picture(
        "playbook", "Playbook", "The playbooks one can follow, those that fit first; once begun, its steps.",
        "[6 playbook]", of="PlaybookTab", tab="playbook",
    ),
    Picture(
        "people", "People", "Who has which duty role and what it answers for; who wrote here, who else belongs here.",
        "1 of 10 roles held", of="PeopleTab", tab="people",
    ),
    Picture(
        "checklist", "Checklist", "What whoever has the role does first; c ticks an item, with name and time.",
        "1 of 8 done", of="Checklist",
    ),
    Picture(
        "clocks", "Clocks", "What the law may ask: time left, state, article, to whom; questions of law are counsel's.",
        "Art. 33(1)", of="ClocksTab", tab="clocks",
    ),
    Picture(
        "blurred", "Raw words, blurred", "Harmful words are covered until they are asked for.",
        ", blurred", of="Revealed",
    ),
    Picture("lifted", "Raw words, lifted", "Readable for some seconds; how long they were is kept.", ", readable"),
    Picture(
        "lens", "Lens", "Text that tries to trick, with every trick in it named instead of done.",
        "every trick between",
    ),
    Picture(
        "safe", "Safe summaries", "z takes the words of others off every screen; states, counts and times stay.",
        "safe summaries alone",
    ),
    Picture(
        "impact", "Who was affected", "People by pseudonym, groups by number, acts of an agent, and what became of each.",
        "4,000 people", of="Impact",
    ),
    Picture(
        "replay", "Asked again", "The sealed prompts before and after a containment, and what their answers allow to say.",
        "20/20", of="Replay",
    ),
    Picture(
        "verdict", "Lifting on a verdict", "The same prompts, asked of the mended model: the lifting rests on that and cites it.",
        "then f, to lift it",
    ),
    Picture(
        "notices", "Notices", "The exact words that leave, and to whom; ids, numbers, states, times and names alone.",
        "as plain text", of="Notices",
    ),
    Picture(
        "blind", "Blind judgement", "Answers under blur, in random order: which run one is of is not told.",
        "which run it is of is not told", of="BlindJudging",
    ),
    Picture("tasks", "Action items", "What was decided is somebody's to do; what is overdue comes first.", "1 yours", of="Tasks"),
    Picture("handover", "Handover", "The page for the next shift, made from the record.", "running or in force", of="Handing"),
    Picture(
        "status", "Status", "A paragraph that is safe to pass on, in words of the program alone.",
        "Next update", of="Page",
    ),
    Picture("verify", "Verification", "Whether the record is whole, in order and signed.", "all holds"),
    Picture("palette", "Palette", "Anything that can be done, found by a few letters.", "find hand"),
    Picture(
        "command", "Command line", "Every command by its words, with what it wants; Tab goes through what may come next.",
        ": evidence add",
    ),
    Picture(
        "settings", "Settings", "Every setting, where its value comes from, and what it does.",
        "care.blur", of="SettingsPage",
    ),
    Picture("help", "Help", "The keys of the place one is in.", "help incident", of="Help"),
    Picture("light", "Light theme", "On a light background.", "to review", light=True),
    Picture("night", "Night theme", "Amber and red, toned down, for dark rooms.", "to review"),
    Picture("contrast", "Contrast theme", "Strong colours on a dark background.", "to review"),
    Picture("clear", "Clear theme", "Colours that are told apart by people who see few of them.", "to review"),
    Picture("plain", "Without colour", "NO_COLOR, or the theme plain: every state is a word and a glyph.", "to review"),
)  # fmt: skip

BY_NAME = {picture.name: picture for picture in PICTURES}
BEST = ("effective", "queue", "plan", "triage", "overview", "sync", "evidence", "lens", "handover")
"""Those the README shows."""
