"""`python -m tests.sim.score OUT EVENTS.ndjson`: replay's accusations against the scene's truth."""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Json = dict[str, Any]
KINDS = ("speeding", "red_light", "stop_line", "bus_lane", "wrong_way", "solid_line", "no_stopping")
SLACK_NS = 100_000_000
"""Beyond the span that truth.json allows for the moment of an offence."""


@dataclass(slots=True)
class Score:
    """Counts and errors of one scene."""

    must: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    allowed: Counter[str] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    overcharged: list[str] = field(default_factory=list)
    speed_error_kmh: list[float] = field(default_factory=list)
    speed_error_in_u: list[float] = field(default_factory=list)
    time_error_ms: list[float] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


def speed_at(vehicle: Json, time_ns: int) -> float:
    """True speed in km/h at a moment, from the vehicle's stretches of constant acceleration."""
    rows = vehicle["motion"]
    index = max([i for i, row in enumerate(rows) if row[0] <= time_ns], default=0)
    begin_ns, _, speed, acceleration = rows[index]
    if time_ns < begin_ns and len(rows) > 1:
        acceleration = 0.0
    along = speed + acceleration * (time_ns - begin_ns) / 1e9
    return float(3.6 * along / np.cos(np.radians(vehicle["heading_deg"])))


def offences(truth: Json) -> dict[tuple[str, str], tuple[Json, Json]]:
    """(plate, kind) → vehicle and offence."""
    return {(v["plate"], o["kind"]): (v, o) for v in truth["vehicles"] for o in v["violations"]}


def _nearest_misread(event: Json, truth: Json) -> str | None:
    """The plate of a vehicle that did this just then, where only the letters differ."""
    for (plate, kind), (_, offence) in offences(truth).items():
        early, late = offence["earliest_ns"] - SLACK_NS, offence["latest_ns"] + SLACK_NS
        if (
            kind == event["kind"]
            and early <= event["sensor_timestamp_ns"] <= late
            and len(plate) == len(event["plate"])
        ):
            return plate
    return None


def _measure(score: Score, event: Json, vehicle: Json, offence: Json) -> None:
    label = f"{event['kind']} {event['plate']}"
    time_ns = event["sensor_timestamp_ns"]
    if not offence["earliest_ns"] - SLACK_NS <= time_ns <= offence["latest_ns"] + SLACK_NS:
        score.late.append(label)
    if event["kind"] != "speeding":
        score.time_error_ms.append((time_ns - offence["sensor_timestamp_ns"]) / 1e6)
        return
    true_kmh = speed_at(vehicle, time_ns)
    error = event["speed_kmh"] - true_kmh
    score.speed_error_kmh.append(error)
    score.speed_error_in_u.append(abs(error) / max(event["uncertainty_kmh"], 1e-6))
    if event["charged_kmh"] > true_kmh:
        score.overcharged.append(f"{label}: charged {event['charged_kmh']}, drove {true_kmh:.2f}")


def compare(truth: Json, events: list[Json]) -> Score:
    """Matches by plate and kind. An accusation that truth does not know is false, whatever the reason."""
    score = Score()
    known = offences(truth)
    seen: Counter[tuple[str, str]] = Counter()
    for (_, kind), (_, offence) in known.items():
        score.must[kind] += offence["expect"] == "must"
    for event in events:
        key = (event["plate"], event["kind"])
        seen[key] += 1
        if key not in known:
            right = _nearest_misread(event, truth)
            (score.false if right is None else score.misread).append(f"{event['kind']} {event['plate']} (true {right})")
            continue
        vehicle, offence = known[key]
        if seen[key] > 1:
            score.twice.append(f"{event['kind']} {event['plate']}")
            continue
        (score.found if offence["expect"] == "must" else score.allowed)[event["kind"]] += 1
        _measure(score, event, vehicle, offence)
    score.missed = [f"{k} {p}" for (p, k), (_, o) in known.items() if o["expect"] == "must" and not seen[p, k]]
    return score


def summary(score: Score) -> Json:
    """The JSON line."""
    must, found = sum(score.must.values()), sum(score.found.values())
    accusations = found + sum(score.allowed.values()) + len(score.misread) + len(score.false)
    errors = np.array(score.speed_error_kmh or [np.nan])
    times = np.abs(score.time_error_ms or [np.nan])
    result = {
        "must": must,
        "found": found,
        "recall": round(found / must, 4) if must else None,
        "allowed": sum(score.allowed.values()),
        "false": len(score.false),
        "misread": len(score.misread),
        "plates_exact": round(1 - len(score.misread) / accusations, 4) if accusations else None,
        "twice": len(score.twice),
        "overcharged": len(score.overcharged),
        "late": len(score.late),
        "speed_bias_kmh": float(np.round(errors.mean(), 3)),
        "speed_worst_kmh": float(np.round(np.abs(errors).max(), 3)),
        "worst_in_u": float(np.round(max(score.speed_error_in_u, default=np.nan), 2)),
        "time_worst_ms": float(np.round(times.max(), 1)),
    }
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in result.items()}


def table(score: Score) -> str:
    lines = [f"{'kind':<12}{'must':>6}{'found':>7}{'may':>5}"]
    lines += [f"{k:<12}{score.must[k]:>6}{score.found[k]:>7}{score.allowed[k]:>5}" for k in KINDS]
    for name in ("missed", "false", "misread", "twice", "overcharged", "late"):
        found = getattr(score, name)
        lines += [f"{name}: {line}" for line in found]
    return "\n".join(lines)


def _read(out: Path, events: Path) -> tuple[Json, list[Json]]:
    truth: Json = json.loads((out / "truth.json").read_text())
    rows = [json.loads(line) for line in events.read_text().splitlines() if line.strip()]
    return truth, [row["violation"] for row in rows if "violation" in row]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sim.score",
        description=__doc__,
        epilog="example: python -m tests.sim.score /tmp/road /tmp/events",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder that python -m tests.sim wrote")
    parser.add_argument("events", type=Path, metavar="EVENTS.ndjson", help="what kirpikd replay --events wrote")
    arguments = parser.parse_args()
    try:
        score = compare(*_read(arguments.out, arguments.events))
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot score: {error}", file=sys.stderr)
        return 1
    print(table(score))
    print(json.dumps(summary(score)))
    return 1 if score.false or score.misread else 0


if __name__ == "__main__":
    sys.exit(main())
