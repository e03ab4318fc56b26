"""Which pictures are on their way, and whose turn is it?"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from receta.fetching import hosts


@dataclass
class Host:
    """One server: how many of its pictures are on their way, and until when it is left alone."""

    slots: asyncio.Semaphore
    has_answered: bool = False
    unanswered: int = 0
    gone: str = ""
    free_at: float = 0


@dataclass
class Picture:
    """One address on its way: where it was led, and the seconds it has left."""

    address: str
    left_s: float
    shown: str
    hops: int = 0
    is_private: bool = False
    content: bytes = field(default=b"", repr=False)


def mix_hosts(addresses: list[str]) -> list[str]:
    """The addresses such that those of one host do not hold up the others.

    >>> mix_hosts(["http://a/1", "http://a/2", "http://b/1"])
    ['http://a/1', 'http://b/1', 'http://a/2']
    """
    seen: Counter[str] = Counter()
    ranks: list[tuple[int, int]] = []
    for number, address in enumerate(addresses):
        host = hosts.show_address(address).split("/", 3)[2:3]
        seen[host[0] if host else ""] += 1
        ranks.append((seen[host[0] if host else ""], number))
    return [addresses[number] for _, number in sorted(ranks)]
