"""The surveyed points: a CSV table of names, places on the road and, once clicked or typed, places in the still."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import InputError

WANTED = ("name", "x_m", "y_m", "z_m")
PIXELS = ("u_px", "v_px")


@dataclass(frozen=True, slots=True)
class SurveyPoint:
    name: str
    place_m: tuple[float, float, float]
    pixel: tuple[float, float] | None
    """None while nobody has clicked it."""


def read_survey(path: Path) -> list[SurveyPoint]:
    """Raises InputError with file, line and column."""
    rows = read_table(path, WANTED, PIXELS)
    points = [_point(path, number, row) for number, row in enumerate(rows, start=2)]
    names = [point.name for point in points]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: point '{name}' stands {names.count(name)} times, expected once")
    return points


def read_table(path: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """Rows of a CSV file whose first line names its columns. Raises InputError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = [name.strip() for name in reader.fieldnames or ()]
            rows = [{name.strip(): (value or "").strip() for name, value in row.items() if name} for row in reader]
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV table: {error}") from error
    for name in wanted:
        if name not in columns:
            raise InputError(f"{path}: column '{name}' is missing, expected {', '.join(wanted)}")
    for name in columns:
        if name not in (*wanted, *optional):
            raise InputError(f"{path}: column '{name}' is unknown, expected {', '.join((*wanted, *optional))}")
    return rows


def number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(f"{path}: line {line}: {column}: '{text}', expected a number") from error
    if not math.isfinite(value):
        raise InputError(f"{path}: line {line}: {column}: '{text}', expected a finite number")
    return value


def _point(path: Path, line: int, row: dict[str, str]) -> SurveyPoint:
    if not row["name"]:
        raise InputError(f"{path}: line {line}: name: empty, expected a name for each point")
    x, y, z = (number(path, line, column, row[column]) for column in WANTED[1:])
    told = [row.get(column, "") for column in PIXELS]
    if not any(told):
        return SurveyPoint(row["name"], (x, y, z), None)
    u, v = (number(path, line, column, text) for column, text in zip(PIXELS, told, strict=True))
    return SurveyPoint(row["name"], (x, y, z), (u, v))


def write_survey(path: Path, points: Sequence[SurveyPoint]) -> None:
    """With what has been clicked, so that the step can be repeated without clicking."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*WANTED, *PIXELS])
            for point in points:
                writer.writerow([point.name, *point.place_m, *(point.pixel or ("", ""))])
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
