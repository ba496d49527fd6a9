"""Who may say and hear what, as Mosquitto's `acl_file` has it. Nobody has more than the work takes."""

from collections.abc import Sequence
from dataclasses import dataclass

UNITS = """\
# %u is the common name of the client's certificate: the unit id, or the name of whoever works for the fleet.
# By name, because a tree to write into would be room for any number of retained messages.
pattern write kirpik/1/u/%u/up/v
pattern write kirpik/1/u/%u/up/health
pattern write kirpik/1/u/%u/up/standing
pattern write kirpik/1/u/%u/up/state
pattern write kirpik/1/u/%u/up/enrol
pattern write kirpik/1/u/%u/up/result
pattern read kirpik/1/u/%u/down/receipt
pattern read kirpik/1/u/%u/down/order
pattern read kirpik/1/keys/#
pattern read kirpik/1/files/#
"""

CENTRAL = """
user {name}
topic read kirpik/1/u/+/up/v
topic read kirpik/1/u/+/up/health
topic read kirpik/1/u/+/up/standing
topic read kirpik/1/u/+/up/state
topic write kirpik/1/u/+/down/receipt
"""

DESK = """
user {name}
topic read kirpik/1/u/+/up/health
topic read kirpik/1/u/+/up/state
topic read kirpik/1/u/+/up/result
topic write kirpik/1/u/+/down/order
topic readwrite kirpik/1/keys/#
topic readwrite kirpik/1/files/#
"""
ANNOUNCER = """topic readwrite homeassistant/device/+/config
"""

WATCHER = """
user {name}
topic read kirpik/1/u/+/up/health
topic read kirpik/1/u/+/up/state
topic read homeassistant/#
"""

REVOKED = """
# Its certificate is revoked, but a connection that stands would stay: with this it says and hears no more.
user {name}
topic deny #
"""


@dataclass(frozen=True, slots=True)
class Rights:
    centrals: Sequence[str] = ("central",)
    """Intakes: they hear packets and answer with receipts. They can neither order nor publish key documents."""
    desks: Sequence[str] = ("desk",)
    """Operators: they order, publish key documents, and hear what became of it."""
    announcers: Sequence[str] = ()
    """Which of the desks may tell a Home Assistant of units; by default nobody."""
    watchers: Sequence[str] = ()
    """Who may hear what units say of themselves, and nothing else: the fleet view, a Home Assistant."""
    revoked: Sequence[str] = ()
    """Units, and others, that may do nothing any more."""

    def text(self) -> str:
        desks = [DESK.format(name=name) + (ANNOUNCER if name in self.announcers else "") for name in self.desks]
        others = ((CENTRAL, self.centrals), (WATCHER, self.watchers), (REVOKED, self.revoked))
        return "".join([UNITS, *desks, *(form.format(name=name) for form, names in others for name in names)])
