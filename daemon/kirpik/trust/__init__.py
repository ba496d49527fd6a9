"""Whom to believe, and what follows from it. Nothing here reads a file, a clock or a socket."""
