"""How do pictures of several requests go through a network together?

Nothing waits for company: a free slot takes at once whatever is there, and what comes
while all slots are at work is the next batch. So one client alone is not slowed, and the
batches grow with the load. One thread decodes a batch, asks the network and hands the
answers back in one go.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from receta.core import image
from receta.core.predictor import Predictor
from receta.core.scale import USUAL, Scale

_LARGE = 4  # pictures of the largest size in one request; beyond as many pixels it is refused
Picture = bytes | np.ndarray  # encoded, or uint8 (height, width, 1 | 3 | 4)


@dataclass(eq=False)
class _Asked:
    names: Sequence[str]
    pictures: Sequence[Picture]
    answer: asyncio.Future[np.ndarray]


class Batcher:
    """The waiting line before one network; asked from one event loop alone.

    most: pictures in a batch. slots: batches at a time, of which one is with the network
    and the others are being decoded: a network uses all processors anyway, and not all
    runtimes may be asked by several threads. seen(n) is told of every batch.
    """

    def __init__(self, predictor: Predictor, pool: ThreadPoolExecutor, *, most: int, slots: int,
                 pixels: int = image.MOST_PIXELS, seen: Callable[[int], None] = lambda n: None) -> None:  # fmt: skip
        self._predictor, self._pool, self._most, self._slots, self._seen = predictor, pool, most, slots, seen
        self._pixels = pixels
        self._height, self._width, self._channels = predictor.input_shape
        self._fit: image.Fit = getattr(predictor, "fit", "stretch")
        self._scale: Scale = getattr(predictor, "scale", USUAL)
        self._turn = threading.Lock()
        self._line: deque[_Asked] = deque()
        self._at_work = 0

    async def ask(self, names: Sequence[str], pictures: Sequence[Picture]) -> np.ndarray:
        """Probabilities (n, classes) of some pictures.

        Raises Unreadable, with the name of the picture in front, for one that cannot be
        decoded; the other requests of its batch do not notice.
        """
        loop = asyncio.get_running_loop()
        asked = _Asked(names, pictures, loop.create_future())
        self._line.append(asked)
        if self._at_work < self._slots:
            self._begin(loop)
        return await asked.answer

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        batch: list[_Asked] = []
        n = 0
        while self._line and (not batch or n + len(self._line[0].pictures) <= self._most):
            asked = self._line.popleft()
            if not asked.answer.done():  # whoever waited too long has gone
                batch.append(asked)
                n += len(asked.pictures)
        if batch:
            self._at_work += 1
            self._pool.submit(self._work, batch, loop)

    def _work(self, batch: list[_Asked], loop: asyncio.AbstractEventLoop) -> None:
        try:
            answers: Sequence[np.ndarray | Exception] = self._answers(batch)
        except Exception as error:  # of the network or the memory; each request says so
            answers = [error] * len(batch)
        loop.call_soon_threadsafe(self._done, batch, answers, loop)

    def _answers(self, batch: list[_Asked]) -> Sequence[np.ndarray | Exception]:
        answers: list[np.ndarray | Exception] = []
        rows: list[np.ndarray] = []
        for asked in batch:
            try:
                decoded = self._all(asked)
            except image.Unreadable as error:
                answers.append(error)
            else:
                rows += decoded
                answers.append(np.empty(0))  # its rows come below
        if not rows:
            return answers
        inputs = rows[0][np.newaxis] if len(rows) == 1 else np.stack(rows)
        with self._turn:
            said = self._predictor.predict(inputs)
        self._seen(len(rows))
        start = 0
        for place, asked in enumerate(batch):
            if not isinstance(answers[place], Exception):
                answers[place] = said[start : start + len(asked.pictures)]
                start += len(asked.pictures)
        return answers

    def _all(self, asked: _Asked) -> list[np.ndarray]:
        """The pictures of one request; a few kB may decode to gigabytes, so they are counted together."""
        rows, left = [], _LARGE * self._pixels
        for name, picture in zip(asked.names, asked.pictures, strict=True):
            if left < 0 or asked.answer.done():  # whoever waited too long has gone
                raise image.Unreadable(f"{name}: the pictures before it have more pixels than {_LARGE * self._pixels}; send fewer at once")
            row, (height, width) = self._decoded(name, picture)
            rows.append(row)
            left -= height * width
        return rows

    def _decoded(self, name: str, picture: Picture) -> tuple[np.ndarray, tuple[int, int]]:
        """Pixels as the network takes them, by the decoder of training, and the size before."""
        size = self._height, self._width
        try:
            if isinstance(picture, np.ndarray):
                return image.resize(picture, size, self._channels, fit=self._fit), (picture.shape[0], picture.shape[1])
            if self._pixels < image.MOST_PIXELS:
                own = image.probe(picture)
                if own[0] * own[1] > self._pixels:
                    said = f"{own[1]} x {own[0]} pixels: more than the {self._pixels} that this server takes"
                    raise image.Unreadable(said, "too_many_pixels")
            return image.decode_with_size(picture, size, self._channels, fit=self._fit, scale=self._scale)
        except image.Unreadable as error:
            raise image.Unreadable(f"{name}: {error}", error.code) from error

    def _done(self, batch: list[_Asked], answers: Sequence[np.ndarray | Exception], loop: asyncio.AbstractEventLoop) -> None:
        self._at_work -= 1
        if self._line:
            self._begin(loop)
        for asked, answer in zip(batch, answers, strict=True):
            if asked.answer.done():
                continue
            if isinstance(answer, Exception):
                asked.answer.set_exception(answer)
            else:
                asked.answer.set_result(answer)
