"""What is said where a backend takes long to load, and nothing else is seen meanwhile?

TensorFlow may take ten seconds on a slow machine. On a terminal a line says so after a second.
"""

from __future__ import annotations

import sys
import threading
import time

from receta.cli.printing.console import say

_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
_AFTER_S, _EVERY_S = 1.0, 0.2


def watch_loading(after_s: float = _AFTER_S) -> threading.Thread | None:
    """Say once that a backend is loading, where that takes longer; None without a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    watch = threading.Thread(target=_watch, args=(after_s,), daemon=True)
    watch.start()
    return watch


def _watch(after_s: float) -> None:
    began: float | None = None
    while True:
        name = _loading()
        if name is None and began is not None:
            return  # it is there
        began = time.monotonic() if name and began is None else began
        if name and began is not None and time.monotonic() - began >= after_s:
            return say(f"Loading {_NAMES[name]} …")
        time.sleep(_EVERY_S)


def _loading() -> str | None:
    """The backend whose import has begun and not ended."""
    specs = {name: getattr(sys.modules.get(name), "__spec__", None) for name in _NAMES}
    return next((name for name, one in specs.items() if getattr(one, "_initializing", False)), None)
