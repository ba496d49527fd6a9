"""The live view of a fleet in a terminal: alarms first, a filter, the details of one unit. By keyboard."""

from collections.abc import Iterable
from typing import ClassVar, Protocol

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Input, Static

from kirpik.mqtt.messages import Arrival
from kirpik_provisioning.fleet.board import Board
from kirpik_provisioning.fleet.cells import COLUMNS, load_words, row
from kirpik_provisioning.fleet.details import details
from kirpik_provisioning.fleet.roster import Roster
from kirpik_provisioning.texts import LANGUAGES

TURN_S = 1.0
"""Between two looks; a screen that is quicker only costs the ssh line."""


class Ear(Protocol):
    """What the view hears with; `listening.Listening` is one."""

    place: str
    trouble: str | None

    def arrivals(self) -> Iterable[Arrival]: ...


class FleetView(App[None]):
    """Nothing is sent and nothing written: it shows, and forgets at the end."""

    CSS = """
    Screen { background: #0e1620; color: #d6dde4; }
    #counts { height: 1; background: #16263a; padding: 0 1; }
    #line { height: 1; color: #8fa3b5; padding: 0 1; }
    #filter { display: none; height: 3; }
    #filter.open { display: block; }
    #details { display: none; width: 46; border-left: solid #2c4a68; padding: 0 1; }
    #details.open { display: block; }
    Board { height: 1fr; }
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "Kirpik"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("slash", "find", "find"),
        Binding("escape", "clear", "clear"),
        Binding("enter", "details", "open"),
        Binding("l", "language", "language"),
    ]

    def __init__(self, roster: Roster, ear: Ear, *, language: str, wanted: str = "") -> None:
        super().__init__()
        self._roster, self._ear = roster, ear
        self._words = load_words(language)
        self._wanted = wanted

    def compose(self) -> ComposeResult:
        yield Static(id="counts", markup=False)
        yield Static(id="line", markup=False)
        yield Input(self._wanted, id="filter")
        with Horizontal():
            yield Board(
                lambda seen: row(seen, self._roster, self._words),
                lambda: {name: self._words.column(name) for name in COLUMNS},
            )
            with VerticalScroll(id="details", can_focus=False):
                yield Static(id="told", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._speak()
        self.query_one(Board).focus()
        self.look()
        self.set_interval(TURN_S, self.look)

    def look(self) -> None:
        """Take in what came, and show it."""
        for arrival in self._ear.arrivals():
            self._roster.hear(arrival.topic, arrival.payload)
        shown = self._roster.all(self._wanted, self._words.troubles)
        self.query_one(Board).show(shown)
        self.query_one("#counts", Static).update(self._counts(len(shown)))
        self.query_one("#line", Static).update(self._line(len(shown)))
        self._show_details()

    def action_find(self) -> None:
        field = self.query_one("#filter", Input)
        field.add_class("open")
        field.focus()

    def action_clear(self) -> None:
        """Out of the filter and the details, back to all."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.remove_class("open")
        self.query_one("#details").remove_class("open")
        self.query_one(Board).focus()

    def action_details(self) -> None:
        self.query_one("#details").toggle_class("open")
        self._show_details()

    def action_language(self) -> None:
        self._words = load_words(LANGUAGES[(LANGUAGES.index(self._words.language) + 1) % len(LANGUAGES)])
        self._speak()
        self.look()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._wanted = event.value
        self.look()

    def on_input_submitted(self) -> None:
        self.query_one(Board).focus()

    def on_board_opened(self) -> None:
        self.action_details()

    def on_board_moved(self) -> None:
        self._show_details()

    def _speak(self) -> None:
        self.query_one("#filter", Input).placeholder = self._words.say("filter")
        for name in ("quit", "find", "clear", "open", "language"):
            key = {"quit": "q", "find": "slash", "clear": "escape", "open": "enter", "language": "l"}[name]
            (old,) = self._bindings.key_to_bindings[key]
            self._bindings.key_to_bindings[key] = [Binding(old.key, old.action, self._words.say(name))]
        self.refresh_bindings()

    def _show_details(self) -> None:
        current = self.query_one(Board).current
        if current is not None and self.query_one("#details").has_class("open"):
            self.query_one("#told", Static).update(details(current, self._roster, self._words))

    def _counts(self, shown: int) -> str:
        counts = self._roster.counts()
        told = self._words.say(
            "counts",
            units=len(self._roster),
            critical=counts["critical"],
            warning=counts["warning"],
            well=counts["well"],
        )
        return f"{told} · {self._words.say('filtered', shown=shown)}" if self._wanted else told

    def _line(self, shown: int) -> str:
        trouble = self._ear.trouble
        told = [
            self._words.say("line_up", place=self._ear.place)
            if trouble is None
            else self._words.say("line_down", reason=trouble or "…")
        ]
        if self._roster.refused:
            told.append(self._words.say("refused", refused=self._roster.refused))
        if not shown:
            told.append(self._words.say("nobody"))
        return " · ".join(told)
