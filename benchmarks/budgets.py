"""Is a budget kept, on photos and letters, alone and beside other work?

    python benchmarks/budgets.py [--data PHOTOS,LETTERS] [--budgets 60,90,180] [--beside 0,4]

Each run is `receta run DATA --budget B` in a process of its own with an empty cache, timed from
its start to its end. Beside it run as many processes that only compute. Prints a table, and writes
docs/benchmarks/budgets.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _table

LOOP = "while True: pass"


@contextmanager
def loops(n: int) -> Iterator[None]:
    """n processes beside, each of which takes what it gets of a processor."""
    started = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(n)]
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()


def run(data: Path, budget: float, folder: Path) -> dict[str, Any]:
    """Seconds of one command, and what came of it."""
    environment = {**os.environ, "RECETA_CACHE": str(folder / "cache")}
    words = [
        sys.executable,
        "-m",
        "receta",
        "run",
        str(data),
        "--budget",
        f"{budget:g}s",
        "--out",
        str(folder / "run"),
        "--json",
    ]
    began = time.monotonic()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return {
        "seconds": took,
        "best": (result.get("best") or {}).get("rung", done.stderr[-80:]),
        "accuracy": (result.get("test") or {}).get("accuracy", 0.0),
    }


def few(folder: Path, archive: Path, each: int, part: str) -> Path:
    """Some pictures of each class of an archive, in a folder."""
    place = folder / archive.stem
    counts: dict[str, int] = {}
    with zipfile.ZipFile(archive) as opened:
        for name in sorted(opened.namelist()):
            *_, above, file = ["", *name.split("/")]
            if file and part in name and counts.setdefault(above, 0) < each:
                counts[above] += 1
                target = place / above / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(opened.read(name))
    return place


def main() -> None:
    """Print one line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data",
        default="",
        help="folders or archives; without, 500 cats and dogs, and the sign letters",
    )
    parser.add_argument("--budgets", default="60,90,180")
    parser.add_argument("--beside", default="0,4")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = [Path(one) for one in asked.data.split(",") if one]
        if not data:
            shared = _table.real_data()
            if shared is None:
                print("No data: name some with --data.")
                return
            data = [
                few(folder, shared / "cats-vs-dogs" / "cats-vs-dogs.zip", 250, "train"),
                shared / "sign-letters" / "sign-letters.zip",
            ]
        rows = []
        for one in data:
            for beside in map(int, asked.beside.split(",")):
                for budget in map(float, asked.budgets.split(",")):
                    load = os.getloadavg()[0]
                    with loops(beside), tempfile.TemporaryDirectory() as place:
                        found = run(one, budget, Path(place))
                    rows.append(
                        [
                            one.name,
                            beside,
                            f"{load:.1f}",
                            f"{budget:g}",
                            f"{found['seconds']:.0f}",
                            f"{found['seconds'] / budget:.2f}",
                            found["best"],
                            f"{found['accuracy']:.3f}",
                        ]
                    )
                    print("\t".join(map(str, rows[-1])), flush=True)
        _table.write(
            "budgets",
            "Budgets",
            "How long does `receta run DATA --budget B` take, from its start to its end?",
            [
                "data",
                "loops beside",
                "load before",
                "budget (s)",
                "took (s)",
                "of it",
                "model",
                "accuracy",
            ],
            rows,
            [
                "500 photos of cats and dogs; 2,155 photos of hands that spell 36 signs. Each "
                "run has an empty cache.",
                "Loops beside: processes that only compute. Load before: that of everything else "
                "on the machine.",
            ],
        )


if __name__ == "__main__":
    main()
