"""Casework without a web: docket, drafts, signatures, second opinions, control cases, recalls, published figures."""
