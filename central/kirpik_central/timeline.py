"""The signal's time line of an opened violation, as an SVG element of the officer's page."""

from kirpik_central.case import Opened
from kirpik_central.drawing import timeline
from kirpik_central.drawing.labels import Labels
from kirpik_central.drawing.picture import to_svg
from kirpik_central.plan import scene_of


def draw_signals(case: Opened, labels: Labels | None = None) -> str:
    """Empty where no signal is told of."""
    return to_svg(timeline.draw(scene_of(case), labels or Labels()), name="signals")
