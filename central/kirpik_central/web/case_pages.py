"""One case: looked at, decided, taken back, given to another; its owner looked up once it is decided."""

from collections.abc import Mapping

from markupsafe import Markup
from sqlalchemy import Connection

from kirpik.wire.record import PHASES
from kirpik_central.accounts.people import now_ms
from kirpik_central.case import Opened
from kirpik_central.decisions import ACCUSING
from kirpik_central.desk import control, docket, drafts, proofs
from kirpik_central.desk.casefile import CaseFile
from kirpik_central.desk.drafts import NotYoursError, Said
from kirpik_central.desk.owners import RegistryError
from kirpik_central.desk.rules import MAX_NOTE, REASONS, REJECT
from kirpik_central.drawing.labels import Labels
from kirpik_central.plan import draw_plan
from kirpik_central.timeline import draw_signals
from kirpik_central.web.ask import Ask, Go, Page, RefusedError, Reply
from kirpik_central.web.office import Office, note
from kirpik_central.web.queue_pages import DECIDING, filters_of, link_of, plant_sometimes, take_next
from kirpik_central.web.site import Route, roles
from kirpik_central.web.words import Words, texts_of

SEEING = ("officer", "supervisor", "auditor")


def case(office: Office, ask: Ask) -> Reply:
    leaf = ask.number("leaf")
    file = office.read(lambda connection: _load(office, ask, connection, leaf))
    if _standing(ask, file) == "read" and ask.account.role != "officer":
        office.write(lambda connection: note(connection, ask, "viewed", leaf))
    return show(office, ask, file)


def show(office: Office, ask: Ask, file: CaseFile, extra: Mapping[str, object] | None = None) -> Page:
    filters = filters_of(ask.query or ask.form)
    mine = office.read(lambda connection: drafts.of(connection, ask.name))
    labels = labels_of(ask.language)
    values: dict[str, object] = {
        "file": file,
        "case": file.opened,
        "standing": _standing(ask, file),
        "draft": next((draft for draft in mine if draft.leaf == file.row.leaf), None),
        "drafts": mine,
        "batch": office.rules.batch,
        "reasons": REASONS[REJECT],
        "filters": filters,
        "link": link_of(filters),
        "left_s": max(0, file.row.held_until_ms - now_ms()) // 1000,
        "two_persons": office.rules.two_persons,
        "registry": office.registry is not None,
        "may_look_up": _may_look_up(ask, file),
        "proofs": {} if not file.words else office.read(lambda c: _proofs(c, file)),
        "plan": "" if file.opened is None else Markup(draw_plan(file.opened, labels)),  # noqa: S704  escapes all
        "signals": "" if file.opened is None else Markup(draw_signals(file.opened, labels)),  # noqa: S704
        "owner": None,
        "failed": "",
    }
    return Page("case.html", {**values, **(extra or {})})


def say(office: Office, ask: Ask) -> Reply:
    """A draft; then the next case, or the signature where enough has come together."""
    return _put(office, ask, ask.text("say", most=20), "")


def reject(office: Office, ask: Ask) -> Reply:
    return _put(office, ask, REJECT, ask.text("code", most=40))


def _put(office: Office, ask: Ask, saying: str, code: str) -> Reply:
    said = Said(ask.number("leaf"), ask.number("turn"), saying, code, ask.text("note", most=MAX_NOTE))
    filters = filters_of(ask.form)

    plant_sometimes(office, ask)

    def put(connection: Connection) -> int | None:
        drafts.put(connection, ask.name, said, office.rules)
        full = len(drafts.of(connection, ask.name)) >= office.rules.batch
        return None if full else take_next(office, ask, connection, filters)

    try:
        leaf = office.write(put)
    except NotYoursError as error:
        raise RefusedError(error.code) from error
    return Go((f"/case/{leaf}" if leaf is not None else "/sign") + link_of(filters))


def undo(office: Office, ask: Ask) -> Reply:
    leaf = ask.number("leaf")
    if not office.write(lambda connection: drafts.take_back(connection, ask.name, leaf, office.rules)):
        raise RefusedError("decided")
    return Go(f"/case/{leaf}{link_of(filters_of(ask.form))}")


def reopen(office: Office, ask: Ask) -> Reply:
    """After an appeal: another officer shall look. It takes effect when it is signed."""
    leaf, text = ask.number("leaf"), ask.text("note", most=MAX_NOTE)

    def put(connection: Connection) -> None:
        drafts.reopen(connection, ask.name, leaf, ask.number("turn"), text, office.rules)

    try:
        office.write(put)
    except NotYoursError as error:
        raise RefusedError(error.code) from error
    return Go("/sign")


def owner(office: Office, ask: Ask) -> Reply:
    """Asked for before it is answered, so that no lookup is missing in the log."""
    leaf = ask.number("leaf")
    file = office.read(lambda connection: _load(office, ask, connection, leaf))
    if not _may_look_up(ask, file) or file.opened is None or office.registry is None:
        raise RefusedError("role")
    office.write(lambda connection: note(connection, ask, "owner-looked-up", leaf))
    try:
        found = office.registry.owner(file.opened.plate)
    except RegistryError as error:
        text = str(error)
        office.write(lambda connection: note(connection, ask, "owner-not-told", leaf, text[:100]))
        return show(office, ask, file, {"failed": "registry"})
    return show(office, ask, file, {"owner": found, "failed": "" if found else "no-owner"})


def labels_of(language: str) -> Labels:
    t = Words(language, texts_of(language))
    return Labels(
        plan=t("plan.plan"), lane=t("plan.lane"), line=t("plan.line"), exit=t("plan.exit"), zone=t("plan.zone"),
        metres=t("plan.metres"), speed=t("plan.speed"), signal=t("plan.signal"), after_red=t("plan.after_red"),
        offence=t("plan.offence"), seconds=t("plan.seconds"), phases={name: t(f"phase.{name}") for name in PHASES},
        comma=language != "en",
    )  # fmt: skip


def shown_plate(case: Opened) -> list[tuple[str, float]]:
    """Each letter with how sure it is."""
    sure = [*case.char_confidence, *[1.0] * len(case.plate)]
    return list(zip(case.plate, sure, strict=False))


def _load(office: Office, ask: Ask, connection: Connection, leaf: int) -> CaseFile:
    """Raises RefusedError for no case, and for one that is none of his business."""
    file = office.archive.load(connection, leaf)
    if file is None:
        raise RefusedError("missing")
    if _standing(ask, file) == "none":
        raise RefusedError("not-held")
    if control.is_one(connection, leaf) and file.row.holder != ask.name and ask.account.role == "officer":
        raise RefusedError("not-held")
    return file


def _standing(ask: Ask, file: CaseFile) -> str:
    """hold: he is to decide it. read: he may look. none: it is another's."""
    if file.row.state != docket.DONE and file.row.held_by(now_ms()) == ask.name:
        return "hold"
    said = any(word.officer == ask.name for word in file.words)
    return "read" if said or ask.account.role in ("supervisor", "auditor") else "none"


def _may_look_up(ask: Ask, file: CaseFile) -> bool:
    """The last word accuses, and it is his own or he leads."""
    if not file.words or file.words[-1].verdict not in ACCUSING or ask.account.role not in DECIDING:
        return False
    return ask.account.role == "supervisor" or file.words[-1].officer == ask.name


def _proofs(connection: Connection, file: CaseFile) -> dict[int, str]:
    """Why a word is not proven by its officer's passkey, by its turn; empty where it is."""
    return {word.turn: proofs.why_turn_unproven(connection, file.row.leaf, word.turn) for word in file.words}


ROUTES: list[Route[Office]] = [
    Route("GET", "/case/{leaf}", case, roles(*SEEING)),
    Route("POST", "/case/{leaf}/say", say, roles(*DECIDING)),
    Route("POST", "/case/{leaf}/reject", reject, roles(*DECIDING)),
    Route("POST", "/case/{leaf}/undo", undo, roles(*DECIDING)),
    Route("POST", "/case/{leaf}/reopen", reopen, roles("supervisor")),
    Route("POST", "/case/{leaf}/owner", owner, roles(*DECIDING)),
]
