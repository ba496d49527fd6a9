"""What the signal showed around the offence, on a line of time."""

from collections.abc import Sequence

from kirpik_central.drawing.labels import Labels
from kirpik_central.drawing.picture import NOTHING, Label, Picture, Shape, Stroke, box
from kirpik_central.drawing.scene import Scene

WIDTH_PX, HEIGHT_PX = 560.0, 90.0
BEYOND_S = 0.5
TICKS_MOST = 8
STEPS_S = (0.5, 1, 2, 5, 10, 20, 60)


def draw(scene: Scene, labels: Labels) -> Picture:
    """Empty where no signal is told of. The bar below the phases is the time that the track covers."""
    if not scene.signals or not scene.feet:
        return NOTHING
    first = min(scene.signals[0].t_s, scene.feet[0][0]) - BEYOND_S
    last = max(scene.feet[-1][0], scene.signals[-1].t_s) + BEYOND_S
    scale = WIDTH_PX / (last - first)
    begin, end = ((t_s - first) * scale for t_s in (scene.feet[0][0], scene.feet[-1][0]))
    shapes = (
        *_phases(scene, first, last, scale, labels),
        Stroke("seen", ((begin, 40), (end, 40))),
        Stroke("now", ((-first * scale, 2), (-first * scale, 50))),
        *_ticks(first, last, scale, labels),
        _moment(scene, first, scale, labels),
    )
    return Picture(WIDTH_PX, HEIGHT_PX, shapes, labels.signal.format(name=scene.signals[0].signal))


def _phases(scene: Scene, first: float, last: float, scale: float, labels: Labels) -> list[Shape]:
    ends: Sequence[float] = [signal.t_s for signal in scene.signals[1:]] + [last]
    shapes: list[Shape] = []
    for signal, end in zip(scene.signals, ends, strict=True):
        x, width = (signal.t_s - first) * scale, max(0.0, (end - signal.t_s) * scale)
        shapes.append(box(f"phase {signal.phase}", x, 8, width, 22))
        if width > 56:
            shapes.append(Label("phase-name", (x + 8, 23), labels.phases.get(signal.phase, signal.phase)))
    return shapes


def _ticks(first: float, last: float, scale: float, labels: Labels) -> list[Shape]:
    """Seconds from the moment, on both sides."""
    step = next((step for step in STEPS_S if (last - first) / step <= TICKS_MOST), STEPS_S[-1])
    shapes: list[Shape] = []
    for number in range(-100, 101):
        x = (number * step - first) * scale
        if 14 < x < WIDTH_PX - 14 and number:
            shapes.append(Stroke("tick", ((x, 46), (x, 50))))
            text = labels.seconds.format(seconds=f"{'+' if number > 0 else '−'}{labels.number(abs(number * step))}")
            shapes.append(Label("metres", (x, 62), text, "middle"))
    return shapes


def _moment(scene: Scene, first: float, scale: float, labels: Labels) -> Label:
    red = [signal.t_s for signal in scene.signals if signal.phase in ("red", "red_amber") and signal.t_s <= 0]
    said = labels.after_red.format(seconds=labels.number(-red[-1], 2)) if red else labels.offence
    return Label("word", (min(max(-first * scale, 110), WIDTH_PX - 110), 82), said, "middle")
