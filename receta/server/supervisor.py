"""How does the server outlive its worker?

The parent holds the listening socket and nothing else that could break: when the worker
dies, what waits in the socket's line is answered by the next one, which is forked with all
modules loaded and so is there in tenths of a second. A worker whose loop stands still is
killed. When the parent dies, the worker ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from receta.core.errors import RecetaError

BEAT_S = 1.0  # between two signs of life
# without one; loading TensorFlow beside the loop keeps it from the processor for seconds at most
_HUNG_S = 60.0
_LOADING_S = 900.0  # until a worker is there; a large network on a slow disk
_LONG_LIVED_S = 5.0  # a worker that dies sooner is not started again at once
_MOST_PAUSE_S = 10.0
_READY, _BEAT, _ERROR = b"R", b".", b"E"
_ENDS = (signal.SIGINT, signal.SIGTERM)

Work = Callable[["Channel", int], None]


class Channel:
    """The worker's line to its parent."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def fileno(self) -> int:
        """Readable once the parent has gone."""
        return self._end.fileno()

    def ready(self) -> None:
        """Everything is loaded."""
        self._tell(_READY)

    def beat(self) -> None:
        """The loop goes round."""
        self._tell(_BEAT)

    def tell_failure(self, reason: str) -> None:
        """Nothing can be served."""
        self._tell(_ERROR + reason.encode())

    def _tell(self, said: bytes) -> None:
        with contextlib.suppress(OSError):  # the parent is gone or busy; it is no reason to stop
            self._end.send(said)


def possible() -> bool:
    """Whether a worker may be forked here: from the main thread, with nothing heavy loaded."""
    alone = threading.current_thread() is threading.main_thread() and threading.active_count() == 1
    return alone and hasattr(os, "fork") and not {"tensorflow", "jax", "torch"} & sys.modules.keys()


def supervise(
    work: Work, say: Callable[[str], None], begun: Callable[[], None], grace_s: float
) -> None:
    """Run work in a process of its own, again whenever it dies, until told to end.

    work(channel, restarts) must call channel.ready(); begun is called after the first time.
    SIGINT and SIGTERM end the worker gracefully, SIGHUP is handed on. Raises RecetaError
    when the first worker says that it cannot serve.
    """
    restarts = quick = 0
    with _signals() as told:
        while True:
            began = time.monotonic()
            error, asked_to_end = _live(
                work, restarts, told, begun if restarts == 0 else lambda: None, grace_s
            )
            if asked_to_end:
                return
            if error is not None and restarts == 0:
                raise RecetaError(error)
            quick = quick + 1 if time.monotonic() - began < _LONG_LIVED_S else 0
            pause = min(0.25 * 2**quick, _MOST_PAUSE_S) if quick > 1 else 0.0
            restarts += 1
            say(
                f"the worker {f'cannot serve ({error})' if error else 'died'}; it is started again"
                + (f" in {pause:g} s" if pause else "")
            )
            if pause and told.within(pause):
                return


class _Told:
    """Signals that came, readable as a file."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def fileno(self) -> int:
        return self._end.fileno()

    def take(self) -> list[int]:
        with contextlib.suppress(BlockingIOError):
            return list(self._end.recv(64))
        return []

    def within(self, seconds: float) -> bool:
        """Whether the end is asked for within some time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self], [], [], left)[0] and set(_ENDS) & set(self.take()):
                return True
        return False


@contextlib.contextmanager
def _signals() -> Iterator[_Told]:
    theirs, ours = socket.socketpair()
    theirs.setblocking(False)
    ours.setblocking(False)
    before = {
        number: signal.signal(number, lambda number, frame: None)
        for number in (*_ENDS, signal.SIGHUP)
    }
    old = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        yield _Told(ours)
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        theirs.close()
        ours.close()


def _live(
    work: Work, restarts: int, told: _Told, begun: Callable[[], None], grace_s: float
) -> tuple[str | None, bool]:
    """The life of one worker: why it could not serve, and whether the end was asked for."""
    ours, theirs = socket.socketpair()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _become(work, Channel(theirs), restarts)
    theirs.close()
    error: str | None = None
    ends, patience = 0, _LOADING_S
    with ours:
        while True:
            both: list[Any] = [ours, told]
            ready = select.select(both, [], [], patience)[0]
            if not ready:
                os.kill(pid, signal.SIGKILL)  # it hangs; its end of the line closes
                patience = _LOADING_S
            for number in told.take() if told in ready else ():
                if number == signal.SIGHUP:
                    os.kill(pid, signal.SIGHUP)
                elif number in _ENDS:
                    ends += 1
                    patience = grace_s + 5
                    os.kill(pid, signal.SIGTERM if ends == 1 else signal.SIGKILL)
            if ours not in ready:
                continue
            said = ours.recv(4096)
            if not said:
                break
            if said.startswith(_ERROR):
                error = said[1:].decode(errors="replace")
            elif not ends:
                if said.startswith(_READY):
                    begun()
                patience = _HUNG_S
    os.waitpid(pid, 0)
    return error, ends > 0


def _become(work: Work, channel: Channel, restarts: int) -> NoReturn:
    """The worker: never comes back."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        # Ctrl-C reaches the whole group; the parent passes it on
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work(channel, restarts)
        code = 0
    except RecetaError as error:
        channel.tell_failure(str(error))
    except BaseException as error:
        channel.tell_failure(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)
