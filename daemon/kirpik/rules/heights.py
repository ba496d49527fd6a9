"""How high a plate sits on its own vehicle. Higher or lower it is carried, lettering or a copy: nobody's."""

LOWEST_M, HIGHEST_M = 0.2, 1.25


def on_a_bumper(height_m: float) -> bool:
    return LOWEST_M <= height_m <= HIGHEST_M
