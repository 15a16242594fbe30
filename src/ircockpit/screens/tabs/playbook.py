"""The playbook of an incident, which is not there yet."""

from ircockpit.screens.tabs.waiting import WaitingTab


class PlaybookTab(WaitingTab):
    """Says that no playbook is followed here yet."""

    TAB = "playbook"
    MISSING = "ircockpit follows no playbooks yet: nothing here was done, and nothing was left out"
    WILL = "the steps of the playbook that fits this incident, whose each is, and which are done"
    UNTIL = "work by your organisation's own playbook; {note} notes each step in the timeline, with its time"
