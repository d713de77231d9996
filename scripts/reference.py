"""Writes what comes from the code: the pages of commands, categories and roles, the template of settings. `--check` fails where they differ."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
REFERENCE = ROOT / "docs" / "reference"
OURS = ("responder", "classifier", "monitoring")
DJANGO = ("migrate", "createsuperuser", "changepassword", "collectstatic", "check")
COMMANDS = """# Commands

Written by `scripts/reference.py` from the commands themselves. `responder COMMAND --help` prints the same. Exit codes: 0 success;
1 some rows failed, or a retry may succeed; 2 a retry will fail unless something is changed.

"""
CATEGORIES = """# Categories, priorities, needs

Written by `scripts/reference.py` from `classifier/categories.py`.

"""
ROLES = """# Roles

Written by `scripts/reference.py` from `responder/roles.py`. The product shows the same table under **Help → What each role can do**.

A role is a Django group of the same name. `responder migrate` creates the groups; a group of another name gives nobody any
permission, and `responder check --database default` says so. A superuser can do everything.

"""
ROLES_END = """
## Roles in single events

Whoever is in a role's group holds the role in all events. A viewer, a reviewer or a lead can also hold the role in single events only:
an administrator grants it on the person's page, under **People**. Such a person sees only these events, on every
page, in files, live updates, notifications and through the API; everything else answers 404 as if it did not exist. Posts and incidents
without an event are for roles in all events. Roles add up: a viewer in all events who is a reviewer in one sees all events and
reviews posts of that one.

Pages about all events together need a role in all events: labelling, corrections, approvals, runs, reports and the health of the model.

A partner reads all events through the API. A partner who also holds roles in single events, and no role in all events that lets them
view, reads only these events through the API, and gets webhooks only about them.
"""


def commands() -> str:
    """The list of `responder --help`, then a section for each command with its arguments."""
    from django.core.management import get_commands, load_command_class

    from responder.commands import GROUPS

    known = get_commands()
    parts = [COMMANDS]
    for group, listed in GROUPS.items():
        rows = "\n".join(f"| `{name}` | {summary} |" for name, summary in listed.items())
        parts.append(f"**{group}**\n\n| Command | |\n|---|---|\n{rows}\n")
    for name in sorted(known):
        if str(known[name]).split(".")[0] not in OURS:
            continue
        command = load_command_class(known[name], name)
        parser = command.create_parser("responder", name.replace("_", "-"))
        parts.append(f"## responder {name.replace('_', '-')}\n\n{_sentence(command.help)}\n\n{_arguments(parser)}\n")
    parts.append("## Django commands\n\n" + ", ".join(f"`responder {name}`" for name in DJANGO) + ".\n")
    return "\n".join(parts)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", ")")) else text + "."


def _arguments(parser: argparse.ArgumentParser) -> str:
    rows = [row for action in parser._actions for row in _rows(action)]
    return "| Argument | Meaning |\n|---|---|\n" + "\n".join(rows) if rows else "No arguments."


STANDARD = {
    "help",
    "version",
    "verbosity",
    "settings",
    "pythonpath",
    "traceback",
    "no_color",
    "force_color",
    "skip_checks",
}


def _rows(action: argparse.Action) -> list[str]:
    if action.dest in STANDARD:
        return []
    if isinstance(action, argparse._SubParsersAction):
        found = {choice.dest: choice.help or "" for choice in action._choices_actions}
        rows = []
        for name, parser in action.choices.items():
            inner = " ".join(_short(one) for one in parser._actions if one.dest not in STANDARD)
            rows.append(f"| `{f'{name} {inner}'.strip()}` | {_cell(found.get(name, ''))} |")
        return rows
    return [f"| `{_short(action)}` | {_cell(action.help or '')} |"]


def _short(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest).upper()
    name = action.option_strings[-1]
    takes = action.nargs != 0
    word = action.metavar or (("|".join(map(str, action.choices))) if action.choices else action.dest.upper())
    shown = f"{name} {word}" if takes else name
    return shown if action.required else f"[{shown}]"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("%%", "%").replace("%(default)s", "see --help")


def categories() -> str:
    from classifier import categories as known

    rows = "\n".join(
        f"| `{one.id}` | {one.label} | {known.GROUP_LABELS[one.group]} | {one.key} | {known.DESCRIPTIONS[one.id]} |"
        for one in known.CATEGORIES
    )
    unsure = f"A post on which the model is not sure enough counts as *{known.UNSURE.label}* (`{known.CANT_JUDGE}`). One in a language that "
    unsure += f"the model was not measured in waits in the group `{known.UNMEASURED}`: [Languages](languages.md)."
    priorities = ", ".join(f"`{name}`" for name in known.PRIORITIES)
    needs = ", ".join(f"`{name}`" for name in known.NEEDS)
    return (
        f"{CATEGORIES}| Label | On the pages | Group | Key | What a text says |\n|---|---|---|---|---|\n{rows}\n\n{unsure}\n\n"
        f"**Priorities**, the most urgent first: {priorities}.\n\n**Needs**, any number of them: {needs}.\n"
    )


def roles() -> str:
    """What each role is for, and which abilities it has."""
    from responder import roles as known

    texts = "\n".join(
        f"| `{name}` | {text} | {'yes' if name in known.EVENT_ROLES else ''} |"
        for name, text in known.ROLE_TEXTS.items()
    )
    head = f"| Ability | {' | '.join(known.ROLES)} | In a single event |\n|---|{'---|' * len(known.ROLES)}---|"
    rows = "\n".join(
        f"| {text} | {' | '.join('yes' if ability in abilities else '' for abilities in known.ROLES.values())} | "
        f"{'yes' if ability in known.EVENT_ABILITIES else ''} |"
        for ability, text in known.ABILITY_TEXTS.items()
    )
    return f"{ROLES}| Role | What for | Also in single events |\n|---|---|---|\n{texts}\n\n## Abilities\n\n{head}\n{rows}\n{ROLES_END}"


if __name__ == "__main__":
    import django

    django.setup()
    from responder.settings import schema

    pages = {
        REFERENCE / "commands.md": commands(),
        REFERENCE / "categories.md": categories(),
        REFERENCE / "roles.md": roles(),
        ROOT / "deploy" / "responder.env.example": schema.template(),
    }
    if "--check" in sys.argv:
        kept = {page: page.read_text() if page.exists() else "" for page in pages}
        sys.exit(f"run {sys.argv[0]}" if kept != pages else 0)
    for page, text in pages.items():
        page.write_text(text)
