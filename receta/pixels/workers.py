"""How do all cores decode at once, and what if a picture brings a decoder down?"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
import weakref
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from receta.core import orphans
from receta.core.errors import RecetaError
from receta.core.progress import Bar, Progress
from receta.core.scale import Scale
from receta.data import image, image_formats
from receta.data.dataset import Source, content_digest

How = tuple[tuple[int, int], int, image.Fit, Scale]  # size, channels, fit and scale
TODO, DONE, BAD, STARTED = range(4)
CRASHED = b"the decoder crashed on it"
# rows a task, at most: progress moves several times a second, and handing out costs nothing
_CHUNK = 128
_WORTH_A_POOL = 300  # below, one process is done before others have begun


class Job:
    """What every worker needs; forked workers share it without copying."""

    def __init__(self, source: Source, images: Path, facts: np.memmap, how: How) -> None:
        self.source = source
        self.descriptor = os.open(images, os.O_WRONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self.descriptor)
        self.offset: int = np.load(images, mmap_mode="r", allow_pickle=False).offset
        # a plain view: every index into a np.memmap costs ten times as much
        self.facts = facts.view(np.ndarray)
        self.state = self.facts["state"]
        self.size, self.channels, self.fit, self.scale = how

    def rows(self, rows: np.ndarray) -> int:
        """Decode some rows into the cache; the state of each tells how it ended."""
        for row in rows:
            self.state[row] = STARTED
            self._row(int(row))
        return len(rows)

    def _row(self, row: int) -> None:
        fact = self.facts[row]
        try:
            stored = self.source.raw(row)
            fact["content"] = content_digest(stored).hex().encode()
            if isinstance(stored, np.ndarray):
                pixels, own = (
                    image.resize(stored, self.size, self.channels, fit=self.fit),
                    stored.shape[:2],
                )
            else:
                fact["format"], fact["n_bytes"] = (
                    image_formats.format_of(stored).encode(),
                    len(stored),
                )
                pixels, own = image.decode_with_size(
                    stored, self.size, self.channels, fit=self.fit, scale=self.scale
                )
            if self.channels == 1:  # the colours are not kept, so they are looked at now
                fact["tint"] = image.tint(stored, self.scale)
        except image.Unreadable as error:
            fact["reason"] = str(error).encode()[:160]
            self.state[row] = BAD
            return
        plain = np.ascontiguousarray(pixels).data.cast("B")
        # Written, not mapped: a page that is first touched through a map costs the file system 5 us
        # (LOG.md).
        os.pwrite(self.descriptor, plain, self.offset + row * len(plain))
        fact["height"], fact["width"] = own
        # finds candidates, which audits compare in full
        fact["pixels"] = b"%08x" % zlib.crc32(plain)
        self.state[row] = DONE  # last: a row that was cut off is done again


_job: Job | None = None  # set before the fork, read in the workers


def _begin_worker(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    orphans.end_with(parent)


def _forked_rows(rows: np.ndarray) -> int:
    if _job is None:
        raise RuntimeError("worker without a job")
    return _job.rows(rows)


def decode_rows(job: Job, todo: np.ndarray, workers: int, progress: Progress) -> None:
    """Decode the rows `todo` into the files of a cache, one process a core."""
    global _job
    workers = workers or len(os.sched_getaffinity(0))
    with progress.bar("decoding", len(todo), "images") as bar:
        if workers == 1 or len(todo) < _WORTH_A_POOL:
            for start in range(0, len(todo), _CHUNK):
                bar.advance(job.rows(todo[start : start + _CHUNK]))
        elif _may_fork():
            _job = job
            try:
                _in_processes(todo, job.facts, workers, bar)
            finally:
                _job = None
        else:
            with ThreadPoolExecutor(workers) as pool:
                _hand_out(pool, job.rows, todo, workers, bar)


_work: Callable[[np.ndarray], int] | None = None  # set before the fork, like _job


def _forked_work(rows: np.ndarray) -> int:
    if _work is None:
        raise RuntimeError("worker without work")
    return _work(rows)


def on_all_cores(work: Callable[[np.ndarray], int], rows: np.ndarray, bar: Bar) -> None:
    """Give rows in pieces to `work`, which says how many it has done.

    What it finds must go into shared memory or files: it may run in forked processes.
    """
    global _work
    workers = len(os.sched_getaffinity(0))
    if workers == 1 or len(rows) < _WORTH_A_POOL:
        for start in range(0, len(rows), _CHUNK):
            bar.advance(work(rows[start : start + _CHUNK]))
    elif _may_fork():
        _work = work
        try:
            with _pool(workers) as pool:
                _hand_out(pool, _forked_work, rows, workers, bar)
        except BrokenProcessPool as error:
            raise _error_of_end(workers) from error
        finally:
            _work = None
    else:
        with ThreadPoolExecutor(workers) as pool:
            _hand_out(pool, work, rows, workers, bar)


def _may_fork() -> bool:
    """Forking a process in which a backend runs its threads may hang the child."""
    return sys.platform == "linux" and not {"tensorflow", "jax", "torch"} & sys.modules.keys()


def _in_processes(todo: np.ndarray, facts: np.ndarray, workers: int, bar: Bar) -> None:
    """Processes; a row whose decoding kills its process twice is marked unreadable."""
    while len(todo):
        try:
            with _pool(workers) as pool:
                _hand_out(pool, _forked_rows, todo, workers, bar)
            return
        except BrokenProcessPool as error:
            for row in todo[facts["state"][todo] == STARTED]:  # at most one a worker
                try:
                    with _pool(1) as pool:
                        bar.advance(pool.submit(_forked_rows, np.array([row])).result())
                except BrokenProcessPool:
                    facts["reason"][row] = CRASHED
                    facts["state"][row] = BAD
            rest = todo[(facts["state"][todo] != DONE) & (facts["state"][todo] != BAD)]
            if len(rest) == len(todo):  # not a picture's fault
                raise _error_of_end(workers) from error
            todo = rest


def _error_of_end(workers: int) -> RecetaError:
    return RecetaError(
        f"the {workers} processes that read pictures were ended by the system; expected them to "
        "live. Close other programs to free memory, then repeat: it goes on from there."
    )


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(workers, context, _begin_worker, (os.getpid(),))


def _hand_out(pool: Executor, work: object, todo: np.ndarray, workers: int, bar: Bar) -> None:
    """Hand chunks out, a few ahead of the workers; on an error or Ctrl-C drop the rest."""
    # of few rows, all workers end at about the same time
    chunk = max(8, min(_CHUNK, len(todo) // (8 * workers)))
    chunks: Iterator[np.ndarray] = (
        todo[start : start + chunk] for start in range(0, len(todo), chunk)
    )
    running: set[Future[int]] = set()
    try:
        with warnings.catch_warnings():
            if threading.active_count() > 1:  # a progress bar's thread; the workers never touch it
                warnings.simplefilter("ignore", DeprecationWarning)
            while True:
                while len(running) < 4 * workers and (rows := next(chunks, None)) is not None:
                    running.add(pool.submit(work, rows))  # type: ignore[arg-type]
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    bar.advance(future.result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
