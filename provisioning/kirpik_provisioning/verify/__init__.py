"""`kirpik verify`: check an evidence file without asking anybody, and compute its numbers once more."""
