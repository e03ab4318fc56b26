"""What is said where a backend takes long to load, and nothing else is seen meanwhile?

TensorFlow may take ten seconds on a slow machine. On a terminal a line says so after a second.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time

from receta.core.language import translate

_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
_AFTER_S, _EVERY_S = 1.0, 0.2


def watch_loading(after_s: float = _AFTER_S) -> threading.Thread | None:
    """Say once that a backend is loading, where that takes longer; None without a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    # While a backend is loaded, stderr leads elsewhere: what TensorFlow logs is kept back.
    terminal = os.dup(sys.stderr.fileno())
    watch = threading.Thread(target=_watch, args=(after_s, terminal), daemon=True)
    watch.start()
    return watch


def _watch(after_s: float, terminal: int) -> None:
    while (name := _loading()) is None:
        time.sleep(_EVERY_S)
    said_at = time.monotonic() + after_s
    text = translate(f"Loading {_NAMES[name]} …")
    line = f"{text}\n".encode(sys.stderr.encoding or "utf-8", "replace")
    while _loading():
        if time.monotonic() >= said_at:
            with contextlib.suppress(OSError):  # nobody looks any more
                os.write(terminal, line)
            return
        time.sleep(_EVERY_S)


def _loading() -> str | None:
    """The backend whose import has begun and not ended."""
    specs = {name: getattr(sys.modules.get(name), "__spec__", None) for name in _NAMES}
    return next((name for name, one in specs.items() if getattr(one, "_initializing", False)), None)
