"""One plate cut out several times, each a little differently: what a network says of all is not owed to the cut."""

import numpy as np

from kirpik.values import Quad

CUTS = ((0.0, 0.0, 1.0, 1.0), (0.008, 0.04, 1.0, 1.0), (0.0, 0.0, 1.04, 1.09), (0.0, 0.0, 0.98, 0.93))
"""Moved to the right and down, wider and higher, in the plate's own measures: as far as a finder's corners err."""
MOST = len(CUTS)


def cuts(quad: Quad, count: int) -> list[Quad]:
    """The first `count` of them; the first is `quad` itself."""
    middle = quad.mean(0)
    along, down = ((quad[1] + quad[2]) - (quad[0] + quad[3])) / 2, ((quad[2] + quad[3]) - (quad[0] + quad[1])) / 2
    axes = np.array([along, down])
    offsets = np.linalg.solve(axes.T, (quad - middle).T).T
    return [
        np.asarray(quad + (offsets * (wider - 1, higher - 1) + (right, low)) @ axes)
        for right, low, wider, higher in CUTS[:count]
    ]
