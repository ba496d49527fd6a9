"""The log's tree, read from tiles of 256 hashes: any root or proof needs a few of them, however long the log is.

Hashes as in RFC 6962, 2.1; tiles as in c2sp.org/tlog-tiles.
"""

from collections.abc import Callable

from kirpik.wire.tlog import EMPTY_ROOT, HASH_BYTES, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes of a full tile."""

Tiles = Callable[[int, int], bytes]
"""By level and number, the hashes of a tile as far as it goes."""


class Tree:
    """Of the log's first `size` leaves. `tiles` may know of more."""

    def __init__(self, size: int, tiles: Tiles) -> None:
        self.size = size
        self._tiles = tiles
        self._read: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        return self._over(0, self.size) if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """From the leaf's sibling up."""
        path, low, high = [], 0, self.size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._over(middle, high))
                high = middle
            else:
                path.append(self._over(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int) -> list[bytes]:
        """That the tree of the first `old` leaves is where this one began."""
        path, low, high = [], 0, self.size
        if not 0 < old < self.size:
            return []
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._over(middle, high))
                high = middle
            else:
                path.append(self._over(low, middle))
                low = middle
        return [*([self._over(low, high)] if low else []), *path[::-1]]

    def _over(self, low: int, high: int) -> bytes:
        """Of the leaves from `low` to below `high`, which is where a subtree can lie."""
        width = high - low
        if width & (width - 1) == 0:
            return self._whole(width.bit_length() - 1, low)
        middle = low + _split(width)
        return node_hash(self._over(low, middle), self._over(middle, high))

    def _whole(self, height: int, low: int) -> bytes:
        """Of a full subtree, whose hashes stand together in one tile."""
        level, rest = divmod(height, HEIGHT)
        number, at = divmod(low >> (level * HEIGHT), WIDTH)
        tile = self._read.setdefault((level, number), b"") or self._tiles(level, number)
        self._read[level, number] = tile
        return fold(tile[at * HASH_BYTES : (at + (1 << rest)) * HASH_BYTES])


def fold(hashes: bytes) -> bytes:
    """The root over 1, 2, 4 … hashes that stand together."""
    nodes = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(nodes) > 1:
        nodes = [node_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
    return nodes[0]


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1
