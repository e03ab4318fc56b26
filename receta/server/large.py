"""How many pixels of very large pictures are decoded at one time?

A PNG of a few kB may hold a hundred million pixels, and takes seconds. So what is large waits
for its turn outside of the threads, one line for all models, and small pictures pass it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from receta.data.image import MOST_PIXELS

_SHARE = 4  # as much of the bound is large: so fewer than four are at work, and threads are left


class LargeLine:
    """A semaphore weighted by pixels, first come first served; no thread waits in it.

    most: pixels at work at one time; what has more by itself is at work alone.
    """

    def __init__(self, pool: Executor, most: int = MOST_PIXELS) -> None:
        self._pool, self._most = pool, most
        self._lock = threading.Lock()
        self._line: deque[tuple[int, Callable[[], None]]] = deque()
        self._at_work = 0  # pixels

    def is_large(self, pixels: int) -> bool:
        """Whether so many pixels have to wait for their turn."""
        return pixels > self._most // _SHARE

    def submit(self, pixels: int, work: Callable[[], None]) -> None:
        """Let a thread do the work as soon as its pixels have room."""
        with self._lock:
            self._line.append((min(pixels, self._most), work))
            self._begin()

    def _begin(self) -> None:
        while self._line and self._at_work + self._line[0][0] <= self._most:
            pixels, work = self._line.popleft()
            self._at_work += pixels
            self._pool.submit(self._do, pixels, work)

    def _do(self, pixels: int, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._at_work -= pixels
                self._begin()
