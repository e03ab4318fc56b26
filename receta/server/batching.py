"""How do the examples of several requests go through a network together?

Nothing waits for company: a free slot takes at once whatever is there, and what comes
while all slots are at work is the next batch. So one client alone is not slowed, and the
batches grow with the load. One thread decodes a batch, asks the network and hands the
answers back in one go.

A thread costs more than a small network does: two threads wait for Python by turns. So
small examples for a quick network are answered by the event loop itself, all that came in
one turn of it together (LOG.md, 2026-11-30). What has very many pixels holds no slot.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from receta.core.errors import InputError
from receta.core.predictor import Predictor, ask
from receta.server.large import LargeLine
from receta.server.limits import Limits
from receta.server.reading import SMALL, Given, reader_of

_QUICK_S = 1e-3  # of a network for one example: what is slower gains too little by it
_TURN_S = 0.02  # that the loop may stand still for a batch
_DECODING_S = 1e-4  # of that for each small example
_TURN_SMALL = 8 * SMALL  # pixels or numbers that the loop itself takes in one turn


@dataclass(frozen=True, eq=False)
class Said:
    """What a network says of some examples: (n, classes), and how unlike its training each is.

    unlike: (n,), None where it cannot tell.
    """

    probabilities: np.ndarray
    unlike: np.ndarray | None = None

    def part(self, start: int, n: int) -> Said:
        """The answers to n examples from one on."""
        unlike = None if self.unlike is None else self.unlike[start : start + n]
        return Said(self.probabilities[start : start + n], unlike)


@dataclass(eq=False)
class _Asked:
    names: Sequence[str]
    given: Sequence[Given]
    answer: asyncio.Future[Said]
    small: int  # weight of all, where each is small; else 0


class Batcher:
    """The waiting line before one network; asked from one event loop alone.

    limits: of a batch, of a picture's pixels, and until whoever waits is told TimeoutError.
    slots: batches at a time, of which one is with the network and the others are being decoded:
    a network uses all processors anyway, and not all runtimes may be asked by several threads.
    seen(n) is told of every batch. large: the line of requests with very many pixels, one for all
    models.
    """

    def __init__(
        self,
        predictor: Predictor,
        pool: ThreadPoolExecutor,
        limits: Limits,
        *,
        slots: int,
        seen: Callable[[int], None] = lambda n: None,
        large: LargeLine | None = None,
    ) -> None:
        self._large = large or LargeLine(pool)
        self._predictor, self._pool, self._slots, self._seen = predictor, pool, slots, seen
        self._most, self._wait_s = limits.batch, limits.wait_s
        self.reader = reader_of(predictor, limits)
        self._turn = threading.Lock()
        self._line: deque[_Asked] = deque()
        self._small: deque[_Asked] = deque()  # what the loop itself answers
        self._small_weight = 0  # of all of them
        self._at_once = 0  # examples of them; 0 leaves all to threads
        self._at_work = 0

    def learn_speed(self, seconds: float) -> None:
        """Take note of how long the network takes for an example."""
        fits = int(_TURN_S / (seconds + _DECODING_S))
        self._at_once = min(self._most, fits) if seconds <= _QUICK_S else 0

    async def judge(self, names: Sequence[str], given: Sequence[Given]) -> Said:
        """What the network says of some examples.

        Raises Unreadable, with the name of the example in front, for one that cannot be
        decoded; the other requests of its batch do not notice. Raises TimeoutError.
        """
        loop = asyncio.get_running_loop()
        small = self.reader.weigh(given) if len(given) <= self._at_once else 0
        asked = _Asked(names, given, loop.create_future(), small)
        patience = loop.call_later(self._wait_s, _give_up, asked.answer)
        if 0 < small <= _TURN_SMALL - self._small_weight:
            self._small.append(asked)
            self._small_weight += small
            if len(self._small) == 1:
                loop.call_soon(self._answer_here, loop)
        else:
            self._line.append(asked)
            self._begin(loop)
        try:
            return await asked.answer
        finally:
            patience.cancel()

    def _answer_here(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer what came in this turn of the loop, unless threads are at work anyway."""
        if self._at_work:
            self._line += self._small
            self._small.clear()
            self._small_weight = 0
            self._begin(loop)
            return
        batch = _first(self._small, self._at_once)
        self._small_weight = sum(asked.small for asked in self._small)
        if self._small:
            loop.call_soon(self._answer_here, loop)
        _hand_out(batch, self._answers(batch))

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._at_work == self._slots:
            return
        batch = _first(self._line, self._most)
        if batch:
            self._at_work += 1
            self._pool.submit(self._work, batch, loop)

    def _work(self, batch: list[_Asked], loop: asyncio.AbstractEventLoop) -> None:
        here = [asked for asked in batch if not self._leave_to_large(asked, loop)]
        loop.call_soon_threadsafe(self._finish, here, self._answers(here), loop)

    def _leave_to_large(self, asked: _Asked, loop: asyncio.AbstractEventLoop) -> bool:
        pixels = self.reader.count_pixels(asked.given)
        is_large = self._large.is_large(pixels)
        if is_large:
            self._large.submit(pixels, partial(self._work_alone, asked, loop))
        return is_large

    def _work_alone(self, asked: _Asked, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(_hand_out, [asked], self._answers([asked]))

    def _answers(self, batch: list[_Asked]) -> Sequence[Said | Exception]:
        """The answer to each, or what kept it from one."""
        try:
            return self._answer(batch)
        except Exception as error:  # of the network or the memory; each request says so
            return [error] * len(batch)

    def _answer(self, batch: list[_Asked]) -> Sequence[Said | Exception]:
        answers: list[Said | Exception] = []
        rows: list[np.ndarray] = []
        for asked in batch:
            try:
                decoded = self.reader.read(asked.names, asked.given, asked.answer.done)
            except InputError as error:
                answers.append(error)
            else:
                rows += decoded
                answers.append(Said(np.empty(0)))  # its rows come below
        if not rows:
            return answers
        inputs = rows[0][np.newaxis] if len(rows) == 1 else np.stack(rows)
        with self._turn:
            said = Said(*ask(self._predictor, inputs))
        self._seen(len(rows))
        start = 0
        for place, asked in enumerate(batch):
            if not isinstance(answers[place], Exception):
                answers[place] = said.part(start, len(asked.given))
                start += len(asked.given)
        return answers

    def _finish(
        self,
        batch: list[_Asked],
        answers: Sequence[Said | Exception],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._at_work -= 1
        self._begin(loop)
        _hand_out(batch, answers)


def _first(line: deque[_Asked], most: int) -> list[_Asked]:
    """The next batch of a line, without those who waited too long and have gone."""
    batch: list[_Asked] = []
    n = 0
    while line and (not batch or n + len(line[0].given) <= most):
        asked = line.popleft()
        if not asked.answer.done():
            batch.append(asked)
            n += len(asked.given)
    return batch


def _hand_out(batch: list[_Asked], answers: Sequence[Said | Exception]) -> None:
    for asked, answer in zip(batch, answers, strict=True):
        if asked.answer.done():
            continue
        if isinstance(answer, Exception):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)


def _give_up(answer: asyncio.Future[Said]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())
