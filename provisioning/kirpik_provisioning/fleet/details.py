"""All that one unit says of itself, line by line."""

from rich.text import Text

from kirpik_provisioning.fleet.cells import NOTHING, Words, row
from kirpik_provisioning.fleet.roster import Roster, Seen

STYLES = {"critical": "bold #ff6070", "warning": "#ffc040", None: ""}


def details(seen: Seen, roster: Roster, words: Words) -> Text:
    text = Text(f"{words.say('details')} {seen.name}\n", style="bold")
    text.append(f"{seen.unit.hex()}\n", style="dim")
    text.append(f"{words.say('groups')}: {', '.join(seen.groups) or NOTHING}\n\n", style="not bold")
    for name, (told, level) in row(seen, roster, words).items():
        if name not in {"unit", "troubles"}:
            text.append(f"{words.column(name):<14}{told}\n", style=f"not bold {STYLES[level]}")
    for name in seen.troubles:
        text.append(f"\n• {words.troubles[name]}", style="bold #ffc040")
    text.append("\n\n")
    for name in sorted(seen.numbers):
        text.append(f"{name:<22}{seen.numbers[name]:>16g}\n", style="not bold dim")
    return text
