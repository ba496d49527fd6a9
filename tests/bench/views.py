"""The cameras of the bench, and how each looks at a straight lane."""

from dataclasses import dataclass

import numpy as np

from kirpik.site import Camera, Pose


@dataclass(frozen=True, slots=True)
class View:
    """A camera and how it looks at a straight lane."""

    name: str
    camera: Camera
    depression_deg: float
    height_m: float
    centre_m: float
    """Where along the road a pass is in the middle of the picture."""
    way: int
    """+1 drives away, rear plates; -1 comes, front plates."""
    fps: float = 30.0
    aside_m: float = 1.5


GLOBAL_16MM = View(
    "16 mm, global shutter", Camera(width=1456, height=1088, fx=4638.0, fy=4638.0, cx=727.5, cy=543.5),
    depression_deg=12.4, height_m=6.0, centre_m=28.0, way=1,
)  # fmt: skip
MODULE_3 = View(
    "Camera Module 3",
    Camera(
        width=2304, height=1296, fx=1774.0, fy=1774.0, cx=1151.5, cy=647.5, row_time_us=13.8,
        distortion=(-0.03, 0.01, 0.0005, -0.0005, 0.0),
    ),
    depression_deg=22.7, height_m=6.0, centre_m=14.0, way=-1, aside_m=3.0,
)  # fmt: skip
VIEWS = (GLOBAL_16MM, MODULE_3)


def level(view: View) -> Pose:
    sin, cos = float(np.sin(np.radians(view.depression_deg))), float(np.cos(np.radians(view.depression_deg)))
    turn = (1.0, 0.0, 0.0, 0.0, -sin, -cos, 0.0, cos, -sin)
    return Pose(position_m=(0.0, 0.0, view.height_m), rotation=turn)
