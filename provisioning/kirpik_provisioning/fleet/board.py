"""The table of units on the screen: only the lines that are seen are drawn, so ten thousand cost what forty do."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kirpik_provisioning.fleet.cells import COLUMNS, WIDTHS, Cell
from kirpik_provisioning.fleet.roster import Seen

STYLES = {
    "critical": Style(color="white", bgcolor="#a01020", bold=True),
    "warning": Style(color="#ffc040"),
    None: Style(),
}
HEAD = Style(color="#9fb4c8", bold=True)
CURSOR = Style(bgcolor="#26405c")
MARKS = {"critical": "!! ", "warning": " ! ", None: "   "}
WIDTH = sum(WIDTHS.values()) + len(WIDTHS) + 3


class Board(ScrollView, can_focus=True):
    """`show` it the units in their order; it keeps the cursor on the unit it was on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
    ]

    class Opened(Message):
        """Somebody wants to see more of the unit under the cursor."""

    class Moved(Message):
        """The cursor is on another unit."""

    def __init__(self, cells: Callable[[Seen], Mapping[str, Cell]], head: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._cells, self._head = cells, head
        self._units: Sequence[Seen] = ()
        self._at = 0

    @property
    def current(self) -> Seen | None:
        return self._units[self._at] if self._at < len(self._units) else None

    def show(self, units: Sequence[Seen]) -> None:
        current = self.current
        self._units = units
        if current is None or self._at >= len(units) or units[self._at] is not current:
            self._at = next((at for at, unit in enumerate(units) if unit is current), min(self._at, len(units) - 1))
            self._at = max(0, self._at)
        self.virtual_size = Size(WIDTH, len(units) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The first line stays: it says what the columns are."""
        left, top = self.scroll_offset
        if y == 0:
            head = self._head()
            cells: Mapping[str, Cell] = {name: (head[name], None) for name in COLUMNS}
            strip = self._strip("   ", cells, HEAD, coloured=False)
        elif (at := top + y - 1) < len(self._units):
            seen = self._units[at]
            style = CURSOR if at == self._at else Style()
            strip = self._strip(MARKS[seen.level], self._cells(seen), style, coloured=True)
        else:
            strip = Strip.blank(WIDTH)
        return strip.crop_extend(left, left + self.size.width, self.rich_style)

    def action_move(self, by: int) -> None:
        self._at = max(0, min(len(self._units) - 1, self._at + by))
        self.scroll_to_region(Region(self.scroll_offset.x, self._at, 1, 2), animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 2))

    def on_click(self, event: Click) -> None:
        at = self.scroll_offset.y + event.y - 1
        if event.y > 0 and at < len(self._units):
            self.action_move(at - self._at)
            if event.chain > 1:
                self.post_message(self.Opened())

    def _strip(self, mark: str, cells: Mapping[str, Cell], style: Style, *, coloured: bool) -> Strip:
        base = self.rich_style + style
        segments = [Segment(mark, base)]
        for name in COLUMNS:
            text, level = cells[name]
            fitted = Text(text)
            fitted.truncate(WIDTHS[name], overflow="ellipsis", pad=True)
            segments += [Segment(fitted.plain, base + STYLES[level] if coloured else base), Segment(" ", base)]
        return Strip(segments)
