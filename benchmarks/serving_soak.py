"""Does receta serve stay as fast and as small for a long time, and how soon is it back after its worker is killed?

`python benchmarks/serving_soak.py SECONDS [BUNDLE]`: `wrk` posts pictures over 64 connections
without a pause. Then the worker is killed with SIGKILL ten times, while eight clients ask.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import _table
import psutil
from serving import LUA, _bodies, _receta, _trained

SLICE, KILLS, CLIENTS = 30, 10, 8


def main() -> None:
    """Measure and write the table."""
    if shutil.which("wrk") is None:
        print("wrk is not installed; this benchmark needs it: sudo apt-get install wrk")
        return
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 1800
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        bundle = Path(sys.argv[2]) if len(sys.argv) > 2 else _exported(place)
        bodies = _bodies(bundle, place)
        (place / "post.lua").write_text(LUA)
        os.environ["BODIES"] = ":".join(map(str, bodies))
        command = [*_receta(), "serve", str(bundle), "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                port = int(re.search(r":(\d+)/", process.stderr.readline())[1])  # type: ignore[index]
                rows = _soaked(process.pid, port, seconds, place / "post.lua")
                after, failed = _killed(process.pid, port, bodies[0].read_bytes())
            finally:
                process.terminate()
    _table.write(
        "serving_soak",
        "Serving for a long time",
        (__doc__ or "").strip(),
        ["from second", "requests/s", "p50 ms", "p99 ms", "errors", "worker's memory, MB"],
        rows,
        [
            f"{sum(float(str(row[1])) for row in rows) * SLICE:,.0f} requests in {seconds} s; "
            "one worker all the time.",
            f"SIGKILL of the worker under load, {KILLS} times: an answer again after "
            f"{statistics.median(after):.2f} s (median; most "
            f"{max(after):.2f} s), {failed} requests failed, at most one of each of the "
            f"{CLIENTS} clients each time.",
            f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on "
            f"{len(os.sched_getaffinity(0))} processors.",
        ],
    )


def _exported(place: Path) -> Path:
    run = _trained(place)
    subprocess.run(
        [*_receta(), "export", str(run), "--to", "onnx", "--out", str(place / "bundles")],
        check=True,
        capture_output=True,
    )
    return place / "bundles" / "onnx"


def _worker(pid: int) -> psutil.Process:
    return psutil.Process(pid).children()[0]


def _soaked(pid: int, port: int, seconds: int, script: Path) -> list[list[object]]:
    worker = _worker(pid)
    rows: list[list[object]] = []
    for begin in range(0, seconds, SLICE):
        address = f"http://127.0.0.1:{port}/v1/predict"
        words = [
            "wrk",
            "-t1",
            "-c64",
            f"-d{SLICE}s",
            "--timeout",
            "60s",
            "--latency",
            "-s",
            str(script),
            address,
        ]
        text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        took = dict(re.findall(r"(50|99)%\s+(\S+)", text))
        wrong = re.search(r"(Non-2xx|Socket errors).*", text)
        rows.append(
            [
                begin,
                re.search(r"Requests/sec:\s+([\d.]+)", text)[1],
                took["50"],
                took["99"],  # type: ignore[index]
                wrong[0] if wrong else 0,
                f"{worker.memory_info().rss / 1e6:.0f}",
            ]
        )
        print(*rows[-1], flush=True)
    assert worker.is_running()
    return rows


def _killed(pid: int, port: int, content: bytes) -> tuple[list[float], int]:
    """Seconds from each SIGKILL to the next answer to a new request, and how many requests
    failed.
    """
    ended, failed = threading.Event(), [0] * CLIENTS

    def ask(me: int) -> None:
        while not ended.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                while not ended.is_set():
                    _asked(connection, content)
            except (OSError, http.client.HTTPException):
                failed[me] += 1

    threads = [threading.Thread(target=ask, args=(me,)) for me in range(CLIENTS)]
    for thread in threads:
        thread.start()
    after = []
    for _ in range(KILLS):
        time.sleep(6)
        before = _worker(pid)
        before.kill()
        killed = time.monotonic()
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                _asked(http.client.HTTPConnection("127.0.0.1", port, timeout=60), content)
                if _worker(pid) != before:
                    break
        after.append(time.monotonic() - killed)
        print("back after", after[-1], "s; failed until now", sum(failed), flush=True)
    ended.set()
    for thread in threads:
        thread.join()
    assert max(failed) <= KILLS
    return after, sum(failed)


def _asked(connection: http.client.HTTPConnection, content: bytes) -> None:
    connection.request("POST", "/v1/predict", content, {"Content-Type": "image/jpeg"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()


if __name__ == "__main__":
    main()
