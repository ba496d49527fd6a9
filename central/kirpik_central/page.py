"""One page of opened violations for people: plate, plan, measured, charged, receipt. One file, no script."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from kirpik_central.case import Opened
from kirpik_central.drawing.styles import style_sheet
from kirpik_central.plan import draw_plan
from kirpik_central.timeline import draw_signals

TEMPLATE = Path(__file__).with_name("page.html")

HEADINGS = {
    "speeding": ("Speeding", "Превышение скорости", "Жылдамдықты асыру"),
    "red_light": ("Red light", "Проезд на красный сигнал", "Қызыл жарыққа өту"),
    "stop_line": ("Stop line", "Выезд за стоп-линию", "Стоп-сызықтан асу"),
    "bus_lane": ("Bus lane", "Движение по автобусной полосе", "Автобус жолағымен жүру"),
    "wrong_way": ("Wrong way", "Движение навстречу потоку", "Қарсы бағытта жүру"),
    "solid_line": ("Solid line", "Пересечение сплошной линии", "Тұтас сызықты кесіп өту"),
    "no_stopping": ("No stopping", "Остановка в запрещённом месте", "Тыйым салынған жерде тоқтау"),
}


def render(cases: Sequence[Opened | Mapping[str, Any]], *, now: datetime | None = None) -> str:
    """HTML of the cases, given as values or as what a line of `kirpik-central cases` says."""
    opened = [case if isinstance(case, Opened) else msgspec.convert(case, Opened) for case in cases]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"moment": moment, "picture": picture, "kmh": kmh, "group": group}
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        cases=opened,
        made=now or datetime.now(UTC),
        headings=HEADINGS,
        drawing_styles=style_sheet(),
        plan=lambda case: Markup(draw_plan(case)),  # noqa: S704  draw_plan escapes every text of the packet
        signals=lambda case: Markup(draw_signals(case)),  # noqa: S704
    )


def moment(case: Opened) -> str:
    """UTC to the millisecond, or the sensor's clock where the recording has no other."""
    if case.utc_ns is None:
        return f"{case.sensor_timestamp_ns / 1e9:.3f} s by the sensor's clock"
    seconds, rest = divmod(case.utc_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 10**6:03d} UTC"


def picture(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode()


def kmh(value: float) -> str:
    """Charged and limit are whole as a rule."""
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def group(text: str, size: int = 4) -> str:
    """A hash in groups, as a person compares it."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))
