"""An independent reader of KPK1, written from docs/wire/SPEC.md alone: cbor2 and cryptography's primitives, no Kirpik.

It decides alike on every vector, or one of the two has misread the specification. `check(vector file, vector)` returns
what came out, or raises `Refused` with the name; refusals of CBOR are told apart only as `cbor`.
"""


class Refused(Exception):  # noqa: N818  a verdict, not an error
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def need(condition: object, name: str) -> None:
    if not condition:
        raise Refused(name)
