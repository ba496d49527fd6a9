"""The operator's eye on the fleet: what all units say of themselves, the troubled ones first."""
