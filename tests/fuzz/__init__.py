"""Fuzzing of everything that reads bytes from outside: `python -m tests.fuzz --count 1000000`.

The corpus is docs/wire/vectors. Inputs are vectors changed at bytes and at fields; some are signed or sealed again with
the keys that the vectors use, so that they come past the signatures. Whatever is read must end in one of the refusals
that the specification names, or be accepted for a reason that the target can tell.
"""
