"""Promise 8: no wanted list, no search. Every way by which somebody could give the system a plate is listed here."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Column, MetaData, Table, Text

from kirpik import site
from kirpik.config import Config
from kirpik.wire import documents, order, receipt
from kirpik_central import tables
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.system.ground import ROOT

PROMISE = Promise(8, "No wanted list, no search", remains="")
PLATE = re.compile(r"plate|wanted|number_?plate|registration|search|watch_?list|blacklist|hotlist|owner|driver", re.I)
FREEING = {
    "site.Site.header.plate_formats": "which countries' plates may be read",
    "site.Site.rules.exempt": "can only free: a plate on it is dropped after reading, and counted",
    "site.Site.rules.exempt_salt": "hides that list",
}
"""Inputs of a unit that have to do with plates, and why none of them is a search."""
ASKING = {
    "POST /case": "a citizen names case number and plate together; either alone opens nothing",
    "POST /case/evidence": "the same, for the file",
    "POST /case/{leaf}/owner": "after an officer's decision on that very case, logged",
    "GET /fleet/": "finds units by their names",
}
"""Requests of the central's pages in which a plate, an owner or a search occurs."""


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  the same, short and long
    inputs = {**_inputs(Config, "config.Config"), **_inputs(site.Site, "site.Site")}
    suspicious = {name for name in inputs if PLATE.search(name)} - FREEING.keys()
    other = [
        name
        for kind in (order.Order, receipt.Receipt, documents.KeySet, documents.Root)
        for name in (field.name for field in fields(kind))
        if PLATE.search(name)
    ] + [verb for verb in documents.VERBS if PLATE.search(verb)]

    class Wanting(msgspec.Struct):
        wanted_plates: list[str] = []

    yield Shown(
        "No setting, site field, order, receipt or key document names plates to look for",
        f"{len(inputs)} inputs and {len(documents.VERBS)} orders looked at; that could be a list: "
        f"{len(suspicious) + len(other)}",
        holds=not suspicious and not other and inputs.keys() >= FREEING.keys(),
        control="a setting wanted_plates",
        caught=bool([name for name in _inputs(Wanting, "x") if PLATE.search(name)]),
    )
    metadata = _all_tables()
    columns = _columns_with_plates(metadata)
    bad = Table("bad", MetaData(), Column("plate", Text, index=True))
    yield Shown(
        "No table of the central has a plate: what is not filed by it cannot be found by it",
        f"{len(metadata.tables)} tables, {sum(len(t.columns) for t in metadata.tables.values())} columns: {columns}",
        holds=not columns and len(metadata.tables) >= 12,
        control="a table with an index by plate",
        caught=_columns_with_plates(bad.metadata) == ["bad.plate"],
    )
    yield _routes()
    home = ROOT / "daemon/kirpik"
    readers = _who_reads_plates(home)
    (folder / "service").mkdir()
    (folder / "service/link.py").write_text("def tell(plate):\n    return plate.reveal()\n")
    yield Shown(
        "On the unit a plate's text is looked at in few places: to read, to free, to tell once, to write down",
        f"{', '.join(sorted(readers))}",
        holds=readers <= REVEALING,
        control="one more place, in the network's room",
        caught=_who_reads_plates(folder) - REVEALING == {"service/link.py"},
    )


REVEALING = {
    "values.py", "rules/exempt.py", "rules/told.py", "wire/record.py", "evidence.py", "commands/replay.py",
    "service/events.py", "vision/read.py", "vision/register.py", "recompute.py", "pipeline.py",
}  # fmt: skip


def _inputs(kind: Any, name: str) -> dict[str, Any]:  # noqa: ANN401  any type of msgspec's
    """Every field that a file can hold, with its path."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        path = f"{name}.{field.encode_name}"
        found[path] = field.type
        for inner in _structs_in(field.type):
            found |= _inputs(inner, path)
    return found


def _structs_in(kind: Any) -> Iterator[type]:  # noqa: ANN401
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for inner in getattr(kind, "__args__", ()):
        yield from _structs_in(inner)


def _all_tables() -> MetaData:
    """Also those of the desk and of the accounts, which are in other files."""
    import importlib  # noqa: PLC0415
    import pkgutil  # noqa: PLC0415

    import kirpik_central  # noqa: PLC0415

    for module in pkgutil.walk_packages(kirpik_central.__path__, "kirpik_central."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    return tables.METADATA


def _columns_with_plates(metadata: MetaData) -> list[str]:
    return [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if PLATE.search(column.name)
    ]


def _routes() -> Shown:
    """Every route that the pages' source declares, with what its handler reads."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "central/kirpik_central").rglob("*.py")):
        found |= _declared(path.read_text(encoding="utf-8"), "/fleet" if "fleetview" in path.parts else "")
    asking = {name for name, source in found.items() if PLATE.search(name + source)}
    bad = 'async def find(request):\n    return request.query_params["plate"]\nROUTES = [Route("/find", find)]\n'
    caught = {name for name, source in _declared(bad, "").items() if PLATE.search(name + source)}
    return Shown(
        "No page of the central takes a plate to look for",
        f"{len(found)} routes; in which plate, owner or search occurs: {len(asking)}, each with its reason",
        holds=asking <= ASKING.keys() and len(found) >= 4,
        control="a route /find that reads plate",
        caught=caught == {"GET /find"},
    )


def _declared(source: str, prefix: str) -> dict[str, str]:
    """Method and path → which inputs its handler names, also by the functions of its file that it calls."""
    tree = ast.parse(source)
    functions: dict[str, ast.AST] = {
        node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Route":
            words = [word.value for word in call.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
            method, path = (words[0], words[1]) if len(words) > 1 else ("GET", words[0] if words else "?")
            names = [getattr(word, "id", getattr(word, "attr", "")) for word in call.args]
            handler = next((name for name in names if name in functions), None)
            found[f"{method} {prefix}{path}"] = " ".join(_inputs_read(handler, functions, set())) if handler else ""
    return found


def _inputs_read(name: str, functions: dict[str, ast.AST], been: set[str]) -> Iterator[str]:
    """Constants by which a request is asked, such as `query_params["x"]`, `form.get("x")`, `said("x")`."""
    been.add(name)
    for node in ast.walk(functions[name]):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)
        if isinstance(node, ast.Call):
            yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in functions and called not in been:
                yield from _inputs_read(called, functions, been)


def _who_reads_plates(home: Path) -> set[str]:
    """Files in which a plate's hidden text is revealed."""
    return {
        str(path.relative_to(home)) for path in home.rglob("*.py") if ".reveal(" in path.read_text(encoding="utf-8")
    }


test_there_is_no_wanted_list_and_no_search = as_test(prove)
