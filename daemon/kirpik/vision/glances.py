"""One plate cut out twice, a little differently: what a network says of both cuts is not owed to the cut."""

import numpy as np

from kirpik.values import Quad

CUTS = ((0.0, 0.0), (0.008, 0.04))
"""Moved to the right and down, in the plate's widths and heights: as far as a finder's corners err."""
MOST = len(CUTS)


def cuts(quad: Quad, count: int) -> list[Quad]:
    """The first `count` of them; the first is `quad` itself."""
    along, down = ((quad[1] + quad[2]) - (quad[0] + quad[3])) / 2, ((quad[2] + quad[3]) - (quad[0] + quad[1])) / 2
    return [np.asarray(quad + right * along + low * down) for right, low in CUTS[:count]]
