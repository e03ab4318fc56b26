"""How does every random choice become a pure function of the seed and of what it is for?"""

from __future__ import annotations

import hashlib

import numpy as np


def key(seed: int, *words: str | int) -> int:
    """128-bit number that depends on the seed and on every word.

    >>> key(1, "order", 0) == key(1, "order", 0), key(1, "order", 0) == key(1, "order", 1)
    (True, False)
    """
    text = "\x1f".join([str(seed), *map(str, words)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def rng(seed: int, *words: str | int) -> np.random.Generator:
    """Random generator of its own for one purpose: never seed + i.

    Philox is counter-based, so streams of different keys do not overlap
    (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3").

    >>> rng(7, "split").integers(100) == rng(7, "split").integers(100)
    np.True_
    """
    return np.random.Generator(np.random.Philox(key=key(seed, *words)))
