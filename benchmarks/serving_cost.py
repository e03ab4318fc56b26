"""What processor time does an answer of the server take, beside the bare network's?

`python benchmarks/serving_cost.py OTHER RUN...`; OTHER: another checkout (or -), measured in turns
with this one; RUN: folders of runs whose networks are served.
On a machine that others use the clock tells little: it measures how many threads ask for a
processor. So processor time is compared: of the thread that answers (the event loop) with that of
a bare loop that decodes the same pictures and asks ONNX Runtime, one at a time; and of all threads
of both. 1, 8 and 64 connections of `wrk`, in turns.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _table
import serving

SECONDS, ROUNDS = 2, 3
TICKS = os.sysconf("SC_CLK_TCK")
BARE = textwrap.dedent("""
    import sys, time
    import onnxruntime
    from receta.data import image
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    _, height, width, channels = session.get_inputs()[0].shape
    contents = [open(path, "rb").read() for path in sys.argv[3:]]
    n, thread, every, began = 0, time.thread_time(), time.process_time(), time.perf_counter()
    while time.perf_counter() < began + float(sys.argv[2]):
        session.run(None, {"pixels": image.decode(contents[n % len(contents)], (height, width), channels)[None]})
        n += 1
    print(n / (time.perf_counter() - began), (time.thread_time() - thread) / n, (time.process_time() - every) / n)
""")


def main() -> None:
    """Measure and write the table."""
    checkouts = {"this": Path(__file__).resolve().parents[1]}
    if sys.argv[1:2] not in ([], ["-"]):
        checkouts["other"] = Path(sys.argv[1]).resolve()
    rows: list[list[object]] = []
    for run in map(Path, sys.argv[2:]):
        with tempfile.TemporaryDirectory() as scratch:
            rows += _measured(run, Path(scratch), checkouts)
    notes = [
        f"The median of {ROUNDS} rounds of {SECONDS} s; microseconds of processor time an answer.",
        "share: bare thread / thread. Where the thread asks the network itself, a quiet machine "
        "can reach that share of the bare speed.",
        "It says nothing of a checkout whose network is asked by other threads (other): there "
        "compare all with bare all.",
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on "
        f"{len(os.sched_getaffinity(0))} processors.",
    ]
    heads = [
        "data",
        "checkout",
        "connections",
        "thread",
        "all",
        "bare thread",
        "bare all",
        "share",
        "by the clock",
        "p50 ms",
    ]
    _table.write("serving_cost", "What serving costs", (__doc__ or "").strip(), heads, rows, notes)


def _measured(run: Path, place: Path, checkouts: dict[str, Path]) -> list[list[object]]:
    command = [
        *serving._receta(),
        "export",
        str(run),
        "--to",
        "onnx",
        "--out",
        str(place / "bundles"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    bundle = place / "bundles" / "onnx"
    bodies = serving._bodies(bundle, place)
    (place / "post.lua").write_text(serving.LUA)
    os.environ["BODIES"] = ":".join(map(str, bodies))
    found: dict[tuple[str, int], list[list[float]]] = {}
    for number in range(ROUNDS):
        for connections in serving.CONNECTIONS:
            for name in sorted(checkouts, reverse=bool(number % 2)):
                with _serving(bundle, checkouts[name]) as (port, worker):
                    bare = _bare(bundle, bodies)
                    before, first = _ticks(worker), _answers(port)
                    speed = serving._wrk(
                        port, "/v1/predict", connections, place / "post.lua", SECONDS
                    )
                    after, answers = _ticks(worker), _answers(port) - first
                spent = {
                    thread: 1e6 * (after[thread] - before.get(thread, 0)) / answers
                    for thread in after
                }
                one = [
                    spent[worker],
                    sum(spent.values()),
                    *bare[1:],
                    bare[1] / spent[worker],
                    speed[0] / bare[0],
                    speed[1],
                ]
                found.setdefault((name, connections), []).append(one)
                print(number, name, connections, [round(value, 2) for value in one], flush=True)
    return [
        [
            run.name,
            name,
            connections,
            *(
                f"{statistics.median(column):.{2 if at > 3 else 0}f}"
                for at, column in enumerate(zip(*every, strict=True))
            ),
        ]
        for (name, connections), every in sorted(found.items(), key=lambda one: one[0][1])
    ]


def _bare(bundle: Path, bodies: list[Path]) -> tuple[float, float, float]:
    """Answers a second, microseconds of its thread and of all threads an answer."""
    words = [
        sys.executable,
        "-c",
        BARE,
        str(bundle / "model.onnx"),
        str(SECONDS),
        *map(str, bodies),
    ]
    speed, thread, every = subprocess.run(
        words, check=True, capture_output=True, text=True
    ).stdout.split()
    return float(speed), 1e6 * float(thread), 1e6 * float(every)


def _answers(port: int) -> float:
    """Predictions that a server has answered so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as said:
        lines = said.read().decode().splitlines()
    return sum(
        float(line.split()[1])
        for line in lines
        if line.startswith('receta_requests_total{protocol="predict"')
    )


def _ticks(worker: int) -> dict[int, float]:
    """Seconds of processor time of each thread of a process."""
    spent = {}
    for thread in Path(f"/proc/{worker}/task").iterdir():
        with contextlib.suppress(OSError):  # it ends at this moment
            fields: Any = (thread / "stat").read_text().rpartition(")")[2].split()
            spent[int(thread.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return spent


@contextlib.contextmanager
def _serving(bundle: Path, checkout: Path) -> Iterator[tuple[int, int]]:
    """A port, and the process that answers there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*serving._receta(), "serve", str(bundle), "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=bundle
    ) as process:
        try:
            for _ in range(1200):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                    break
                time.sleep(0.05)
            yield (
                port,
                int(
                    Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
                ),
            )
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
