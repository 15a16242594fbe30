"""What all features declare, as it stands in records and in people's fingers: names that must not move by chance."""

from pathlib import Path

from tests.support.golden import check_golden_json

from ircockpit.features.catalogue import actions, events

GOLDEN = Path(__file__).parent / "golden"


def test_event_types() -> None:
    # Signed events carry these names for ever. A row that disappears makes old records unreadable; another effect
    # folds them into another picture; a changed body needs a higher version. Only new rows may come.
    table = {
        row.name: {"kind": row.kind, "effect": row.effect.value, "version": row.version, "timeline": row.on_timeline}
        for row in sorted(events().types.values())
    }  # fmt: skip
    check_golden_json(table, GOLDEN / "event_types.json")


def test_entity_kinds() -> None:
    # Fields are named by signed events ("field") and by facts: one that is renamed loses what was written to it.
    # "bound" says that only events of the thing's own stream count: one that becomes false lets anybody rewrite it
    # from a stream of their own, one that becomes true hides what was recorded under ids that carry no tag.
    # A field in "search" is indexed on every laptop: only text that is gated and redacted may stand there.
    table = {
        kind.name: {
            "fields": kind.fields,
            "sets": kind.sets,
            "search": kind.search,
            "indexed": kind.indexed,
            "bound": kind.bound,
        }
        for kind in sorted(events().kinds.values())
    }
    check_golden_json(table, GOLDEN / "entity_kinds.json")


def test_actions() -> None:
    # Ids stand in people's keymaps, verbs in their scripts, keys in their fingers. A renamed verb or option, or a key
    # that means something else, needs a line in CHANGELOG.md; a weaker danger needs a very good reason.
    table = {
        action.id: {
            "verb": " ".join(action.verb),
            "keys": action.keys,
            "places": action.places,
            "danger": action.danger.value,
            "params": [f"{param.name}{'' if param.required else '?'}" for param in action.params],
        }
        for action in sorted(actions(), key=lambda action: action.id)
    }
    check_golden_json(table, GOLDEN / "actions.json")
