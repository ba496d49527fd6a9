"""The votes put together: tracks, readers with grammars and without, tables, a diagram and the weights that fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kirpik.adapters.models_folder import read_manifest
from kirpik_models import evaluate_votes as votes
from kirpik_models.fonts import load_faces
from kirpik_models.read import COUNTRIES, open_reader
from kirpik_models.vote_tracks import tracks


@dataclass(frozen=True, slots=True)
class Votes:
    """Tables by the name of their section in the report, and the witness's weights that these votes would have, of lone
    patches and of several."""

    tables: dict[str, list[Sequence[str]]]
    lone: Sequence[float]
    several: Sequence[float]


def votes_session(models: Path, *, fonts: Path, count: int, seed: int) -> Votes:
    """Listen to `count` tracks; the diagram of reliability goes to the report's pictures."""
    accept = read_manifest(models).networks["reader"].settings["accept"]
    plates = tracks(np.random.default_rng([seed, 1]), load_faces(fonts, held_out=True), count)
    home, abroad = open_reader(models, COUNTRIES), open_reader(models, None)
    heard = votes.listen(home, abroad, plates, np.random.default_rng([seed, 2]))
    (models / "pictures" / "votes_reliability.svg").write_text(votes.reliability(heard))
    ends = (f"accepted at {accept}", "of them wrong")
    tables: dict[str, list[Sequence[str]]] = {
        "votes": [("accepted from", "share of votes", ends[1]), *votes.by_bound(heard)],
        "votes by size": [("character height", "right", *ends), *votes.by_size(heard, accept)],
        "votes by patches": [("who votes", "right", *ends), *votes.by_patches(heard, accept)],
    }
    lone, several = (votes.fitted(heard, lone=lone).tolist() for lone in (True, False))
    return Votes(tables, lone, several)
