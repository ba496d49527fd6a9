"""Orders to units: written, signed by one key or two, sent, and their signed results waited for."""
