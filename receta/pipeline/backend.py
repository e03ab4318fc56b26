"""Which backend computes, with how many threads, and is it made deterministic?

The only room where TensorFlow's own switches are touched. Call `start` before anything
imports Keras; in a process that did so already, what is there is taken and told.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO

from receta.core.errors import MissingExtra, RecipeError

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}


@dataclass(frozen=True)
class Machine:
    """What results depend on to the last bit, besides data and recipe."""

    backend: str
    threads: int
    keras: str
    backend_version: str
    numpy: str
    python: str
    processor: str
    bfloat16: bool

    def to_json(self) -> dict[str, str | int | bool]:
        """Plain dict for JSON."""
        return asdict(self)


@functools.cache
def start(threads: int = 0) -> Machine:
    """Choose the backend and set it up once; returns what it is.

    threads: intra-operation threads, 0 for one a core. The choice follows
    KERAS_BACKEND, else it is JAX where a GPU is seen that it can use, else the first
    installed of tensorflow, jax and torch. Raises MissingExtra with the line to install when there
    is none.
    """
    backend = _choose()
    if os.environ.get("KERAS_BACKEND") != backend:
        os.environ["KERAS_BACKEND"] = backend
        _ours.add(backend)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its chatter is no concern of a user's
    # TensorFlow leaves oneDNN off on processors without AVX-512; convolutions are 1.3 to 2 times as
    # fast with it (LOG.md).
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    cores = len(os.sched_getaffinity(0))
    threads = threads or cores
    if backend == "tensorflow":
        threads = _start_tensorflow(threads)
    elif backend == "torch":
        import torch

        torch.set_num_threads(threads)
    import keras
    import numpy as np

    version = importlib.import_module(backend).__version__
    model, flags = _processor()
    return Machine(
        backend,
        threads,
        keras.__version__,
        version,
        np.__version__,
        platform.python_version(),
        model,
        bool({"avx512_bf16", "amx_bf16"} & flags),
    )


def prefer(name: str) -> None:
    """Compute with a backend, or with the one that suits this machine ("auto").

    To be called before Keras is loaded: Keras cannot change its backend afterwards. Raises
    MissingExtra where it is not installed, RecipeError where another one computes already.
    """
    if name == "auto":
        return
    if name not in list_installed():
        raise MissingExtra(
            f"the backend {name} is not installed; expected an installed one. Run: pip install "
            f"'receta[{name}]'"
        )
    if "keras" in sys.modules and sys.modules["keras"].config.backend() != name:
        raise RecipeError(
            f"backend={name} comes too late: Keras computes with "
            f"{sys.modules['keras'].config.backend()} in this process already; "
            f"expected it to be chosen first. Start anew, or set KERAS_BACKEND={name} before."
        )
    os.environ["KERAS_BACKEND"] = name
    _preferred.add(name)


_preferred: set[str] = set()  # by a recipe in this process, to say so


def why() -> str:
    """Which backend computes here and who chose it, in words."""
    name = _choose()
    if name in _preferred:
        return f"{name}, as the recipe says"
    if name == os.environ.get("KERAS_BACKEND") and not _ours:
        return f"{name}, as KERAS_BACKEND says"
    if name == "jax" and gpu_seen() and _jax_for_cuda():
        return "jax, because there is a GPU"
    if gpu_seen() and not _jax_for_cuda():
        return f"{name} on the processor; for the GPU that is here: pip install 'receta[gpu]'"
    return f"{name}, the first of {', '.join(list_installed())} that are installed, for a processor"


_ours: set[str] = set()  # what `start` wrote into KERAS_BACKEND itself


def gpu_seen() -> bool:
    """Whether NVIDIA's driver shows a GPU that may be used; CUDA is not started for it."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    return any(os.path.exists(f"/dev/nvidia{number}") for number in range(16))


def _jax_for_cuda() -> bool:
    return any(
        importlib.util.find_spec(name) for name in ("jax_cuda12_plugin", "jax_cuda13_plugin")
    )


def forget(seed: int) -> None:
    """Start names and random numbers of Keras afresh, from a seed.

    The number format in force stays: `clear_session` alone would silently fall back to
    float32 (Keras 3.15.1; it cost all of bfloat16's speed, LOG.md).
    """
    import keras

    policy = keras.config.dtype_policy()
    keras.backend.clear_session()
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(seed)


def list_installed() -> tuple[str, ...]:
    """The backends that are installed, best first for a processor."""
    return tuple(name for name, module in BACKENDS.items() if importlib.util.find_spec(module))


def name_default() -> str:
    """The backend that computes where no recipe names one."""
    return _choose()


def _choose() -> str:
    if "keras" in sys.modules:
        return str(sys.modules["keras"].config.backend())
    wanted = os.environ.get("KERAS_BACKEND")
    known = list_installed()
    if wanted in known:
        return wanted
    if wanted in BACKENDS:
        raise MissingExtra(
            f"KERAS_BACKEND={wanted} is not installed; expected an installed backend. Run: pip "
            f"install 'receta[{wanted}]'"
        )
    if not known:
        raise MissingExtra(
            "no backend is installed; expected TensorFlow, JAX or PyTorch. Run: pip install "
            "'receta[tensorflow]'"
        )
    return "jax" if "jax" in known and gpu_seen() and _jax_for_cuda() else known[0]


def _start_tensorflow(threads: int) -> int:
    with hush(), _set_aside("tensorflow"):
        import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # retracing is ours to plan, a user can do nothing about it
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError:  # somebody has computed with it already
        threads = tf.config.threading.get_intra_op_parallelism_threads() or len(
            os.sched_getaffinity(0)
        )
    # Costs 0 to 3 % (scale-and-resume facts, section 4) and makes repeats equal to the bit.
    tf.config.experimental.enable_op_determinism()
    return int(threads)


@contextlib.contextmanager
def _set_aside(module: str) -> Iterator[None]:
    """Import a module whose million objects live as long as the process, and never look among
    them for garbage.

    Saves a quarter of TensorFlow's import, and 0.2 s of each later collection (LOG.md). Where it is
    there already nothing is done: what else is alive then is not ours.
    """
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@contextlib.contextmanager
def hush() -> Iterator[IO[bytes]]:
    """Hold back what C++ code writes to the standard error stream; yields the file that gets it."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield said
        except BaseException:
            os.dup2(kept, 2)
            said.seek(0)
            os.write(2, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _processor() -> tuple[str, set[str]]:
    """Name and flags of the processor, as Linux tells them."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as handle:
            fields = dict(line.split(":", 1) for line in handle if ":" in line)
    except OSError:
        return platform.processor() or platform.machine(), set()
    named = {name.strip(): value.strip() for name, value in fields.items()}
    return named.get("model name", platform.machine()), set(named.get("flags", "").split())
