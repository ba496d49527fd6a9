"""What of the road the camera can see: a line or zone outside the picture would never accuse anybody, unnoticed."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kirpik.road.camera import project
from kirpik.site import NoStopping, Point, SignalRule, Site, SolidLine

STEPS = 24


def unseen(site: Site) -> list[str]:
    """A sentence for each lane, line and zone that lies wholly outside the picture."""
    found = [f"lane '{lane.name}': polygon_m lies wholly outside the picture" for lane in site.lanes
             if not _seen(lane.polygon_m, site)]  # fmt: skip
    for number, rule in enumerate(site.rules):
        if isinstance(rule, SignalRule | SolidLine) and not _seen(rule.line_m, site):
            found.append(f"rule[{number}]: line_m lies wholly outside the picture, expected it in view")
        if isinstance(rule, NoStopping) and not _seen(rule.polygon_m, site):
            found.append(f"rule[{number}]: polygon_m lies wholly outside the picture, expected it in view")
    return found


def _seen(outline: Sequence[Point], site: Site) -> bool:
    """Whether any of the points along the outline falls into the picture."""
    corners = np.array([*outline, outline[0]])
    shares = np.linspace(0, 1, STEPS)[:, None]
    along = np.concatenate([a + (b - a) * shares for a, b in pairwise(corners)])
    pixels = project(np.column_stack([along, np.zeros(len(along))]), site.camera, site.pose)
    inside = (pixels >= 0) & (pixels < (site.camera.width, site.camera.height))
    return bool(inside.all(axis=1).any())
