"""`kirpik enrol`, verb by verb: the fleet's authority, and units that ask to belong."""

from kirpik_provisioning.enrol import units
from kirpik_provisioning.enrol.bench import enrol

__all__ = ["enrol", "units"]
