"""`kirpik keys`, verb by verb. Each leaves the state before or the state after, and says which."""

from kirpik_provisioning.keys import making, roots, sets, signing, status, turning
from kirpik_provisioning.keys.bench import keys

__all__ = ["keys", "making", "roots", "sets", "signing", "status", "turning"]
