"""The weights of `kirpik.vision.witness`: a logistic regression, made anew whenever the reader has changed."""

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-2
SIGNS = np.array([0.0, 1.0, -1.0, -1.0])
"""Of bias, evidence, nearest and forgotten; the bias may have either."""
SLIGHT = 0.05


def fit(features: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Bias and weights. What speaks against a text must lower its confidence, if only slightly: where chance or the
    other weights would have it otherwise, a weight is held at `SLIGHT`."""
    table = np.column_stack([np.ones(len(right)), features])
    weights = np.zeros(table.shape[1])
    held = np.zeros(table.shape[1], bool)
    while True:
        weights = _newton(table, right.astype(np.float64), np.where(held, weights, 0.0), held)
        wrong = ~held & (weights * SIGNS < SLIGHT * np.abs(SIGNS))
        if not wrong.any():
            return weights
        held |= wrong
        weights[wrong] = (SIGNS * SLIGHT)[wrong]


def _newton(
    table: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64], held: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The likeliest weights, those that are held apart; a slight ridge."""
    free, weights = table[:, ~held], weights.copy()
    for _ in range(40):
        chance = 1 / (1 + np.exp(-table @ weights))
        curve = (free * (chance * (1 - chance))[:, None]).T @ free + RIDGE * np.eye(free.shape[1])
        weights[~held] += np.linalg.solve(curve, free.T @ (right - chance) - RIDGE * weights[~held])
    return weights
