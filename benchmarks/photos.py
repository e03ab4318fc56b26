"""What does `receta run DATA` reach without any option, and how long does it take?

    python benchmarks/photos.py [--before TREE] [--only NAME,NAME]

Each run is a process of its own with an empty cache. With `--before`, an older checkout runs the
same data in turn. Cats and dogs and the sign letters have a test part of their own; the letters
are learnt on two hands and judged on two others. Writes docs/benchmarks/photos.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath

import _table

HERE = Path(__file__).resolve().parent.parent
FASHION = Path("/usr/share/datasets/fashion-mnist")


def by_hand(archive: Path, folder: Path) -> Path:
    """The sign letters, hands 1 and 2 below train/, 3 and 4 below test/."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            path = PurePosixPath(name)
            if hand := re.match(r"hand(\d)", path.name):
                part = "train" if hand[1] in "12" else "test"
                target = folder / part / path.parent.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(opened.read(name))
    return folder


def sets(folder: Path) -> dict[str, list[str]]:
    """Words of `receta run` for each data set that is here."""
    shared = _table.real_data()
    found: dict[str, list[str]] = {}
    if shared is not None:
        letters = by_hand(shared / "sign-letters" / "sign-letters.zip", folder / "letters")
        with zipfile.ZipFile(shared / "cats-vs-dogs" / "cats-vs-dogs.zip") as opened:
            opened.extractall(folder)
        cats = folder / "cats-vs-dogs"
        found = {
            "letters of other hands": [str(letters / "train"), "--test", str(letters / "test")],
            "sign digits": [str(shared / "sign-digits" / "sign-digits.zip")],
            "cats and dogs": [str(cats / "train"), "--test", str(cats / "validation")],
        }
    found["digits"] = ["digits"]
    if FASHION.is_dir():
        found["Fashion-MNIST"] = [str(FASHION), "--budget", "120s"]
    return found


def run(words: list[str], tree: Path) -> list[object]:
    """Seconds, model, accuracy and its interval of one command of one checkout."""
    with tempfile.TemporaryDirectory() as place:
        environment = {
            **os.environ,
            "RECETA_CACHE": f"{place}/cache",
            "PYTHONPATH": str(tree),
        }
        asked = [sys.executable, "-m", "receta", "run", *words, "--out", f"{place}/run", "--json"]
        began = time.monotonic()
        done = subprocess.run(asked, env=environment, capture_output=True, text=True, cwd=place)
        took = time.monotonic() - began
    if not done.stdout.startswith("{"):
        return [f"{took:.0f}", "failed", done.stderr[-80:].strip(), ""]
    result = json.loads(done.stdout)
    test = result.get("test") or {}
    low, high = test.get("interval") or (float("nan"),) * 2
    return [
        f"{took:.0f}",
        (result.get("best") or {}).get("rung", "none"),
        f"{test.get('accuracy', float('nan')):.3f}",
        f"{low:.3f} to {high:.3f}",
    ]


def main() -> None:
    """Print one line a run, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="an older checkout")
    parser.add_argument("--only", default="", help="names of data sets, by commas")
    asked = parser.parse_args()
    trees = {"now": HERE, **({"before": asked.before.resolve()} if asked.before else {})}
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        found = sets(Path(folder))
        for name, words in found.items():
            if asked.only and name not in asked.only.split(","):
                continue
            for when, tree in trees.items():
                load = os.getloadavg()[0]
                rows.append([name, when, f"{load:.1f}", *run(words, tree)])
                print("\t".join(map(str, rows[-1])), flush=True)
    _table.write(
        "photos",
        "Photos without an option",
        "What does `receta run DATA` reach on the test part, and in how many seconds?",
        ["data", "version", "load before", "took (s)", "model", "accuracy", "95 %"],
        rows,
        [
            "Each run is one process with an empty cache and no option; Fashion-MNIST has --budget 120s.",
            "Letters: hands 1 and 2 are learnt, hands 3 and 4 are the test; 36 classes.",
            "Cats and dogs: 1,500 photos are learnt, 500 others are the test.",
            "Before: commit a829f8f, without the backbone from a package.",
        ],
    )


if __name__ == "__main__":
    main()
