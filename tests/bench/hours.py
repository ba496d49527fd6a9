"""What hours of traffic came to: the figures and the tables of a file of clips that `tests.bench.traffic` wrote."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.sim.score import KINDS

Json = dict[str, Any]


def figures(done: list[Json]) -> Json:
    count = {key: sum(len(line[key]) for line in done) for key in ("false", "misread", "twice", "overcharged", "late")}
    must, found, readable, told = (_sum(done, key) for key in ("must", "found", "readable", "readable_found"))
    return {
        "hours": round(sum(line["seconds"] for line in done) / 3600, 3),
        "frames": sum(line["frames"] for line in done),
        "vehicles": sum(line["vehicles"] for line in done),
        "must": sum(must.values()),
        "found": sum(found.values()),
        "recall": {kind: round(found[kind] / must[kind], 4) for kind in KINDS if must[kind]},
        "readable": dict(readable),
        "recall_readable": {kind: round(told[kind] / readable[kind], 4) for kind in KINDS if readable[kind]},
        **count,
        **_speeds(done),
        "cpu_s": round(sum(line["cpu_s"] for line in done), 1),
    }  # fmt: skip


def _speeds(done: list[Json]) -> Json:
    """How far off the told speeds are; nothing where none was told."""
    errors = np.array([error for line in done for error in line["speed_error_kmh"]])
    in_u = np.array([error for line in done for error in line["speed_error_in_u"]])
    if not len(errors):
        return {}
    return {
        "speed_bias_kmh": round(float(errors.mean()), 3),
        "speed_sd_kmh": round(float(errors.std()), 3),
        "speed_worst_kmh": round(float(np.abs(errors).max()), 3),
        "within_2u": round(float((in_u <= 2).mean()), 4),
        "within_3u": round(float((in_u <= 3).mean()), 4),
    }


def table(done: list[Json]) -> str:
    """For each rule; then for each view, found of those that must be; then every fault by itself."""
    parts = [_by_rule(done), *([_by_view(done)] if any("view" in line for line in done) else []), _faults(done)]
    return "\n\n".join(parts)


def _by_rule(done: list[Json]) -> str:
    """`readable`: those of whose plate three frames show the characters 12 pixels high."""
    must, found, allowed, readable, told = (
        _sum(done, key) for key in ("must", "found", "allowed", "readable", "readable_found")
    )
    false = Counter(one.split()[0] for line in done for one in line["false"])
    lines = [
        f"{'rule':<14}{'must':>6}{'found':>7}{'recall':>8}{'readable':>10}{'found':>7}{'recall':>8}{'border':>8}{'false':>7}"
    ]
    lines += [
        f"{kind:<14}{must[kind]:>6}{found[kind]:>7}{_share(found[kind], must[kind]):>8}{readable[kind]:>10}"
        f"{told[kind]:>7}{_share(told[kind], readable[kind]):>8}{allowed[kind]:>8}{false[kind]:>7}"
        for kind in KINDS
    ]
    (musts, founds), (clears, tolds) = (
        (sum(one.values()) for one in pair) for pair in ((must, found), (readable, told))
    )
    lines.append(
        f"{'all':<14}{musts:>6}{founds:>7}{_share(founds, musts):>8}{clears:>10}{tolds:>7}{_share(tolds, clears):>8}"
        f"{sum(allowed.values()):>8}{sum(false.values()):>7}"
    )
    return "\n".join(lines)


def _by_view(done: list[Json]) -> str:
    views = sorted({line["view"] for line in done if "view" in line})
    lines = [f"{'':<34}" + "".join(f"{kind:>13}" for kind in KINDS)]
    for view in views:
        some = [line for line in done if line.get("view") == view]
        must, found = _sum(some, "must"), _sum(some, "found")
        lines.append(f"{view:<34}" + "".join(f"{f'{found[kind]} of {must[kind]}':>13}" for kind in KINDS))
    return "\n".join(lines)


def _faults(done: list[Json]) -> str:
    lines = [
        f"{key}: {line['scene']} {line['seed']}: {one}"
        for key in ("false", "misread", "twice", "overcharged", "late", "missed")
        for line in done
        for one in line[key]
    ]
    clear = _sum(done, "why_readable")
    lines += [
        f"missed: {reason}, {count}, of them readable {clear[reason]}"
        for reason, count in _sum(done, "why").most_common()
    ]
    return "\n".join([*lines, f"withheld: {dict(_sum(done, 'withheld'))}"])


def _share(part: int, whole: int) -> str:
    """Rounded down: 99.96 % is not 100."""
    return f"{np.floor(1000 * part / whole) / 1000:.3f}" if whole else "-"


def _sum(done: Sequence[Json], key: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for line in done:
        total.update(line.get(key, {}))
    return total
