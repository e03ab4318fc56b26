"""How well are series forecast in five minutes, beside repeating the last season and AutoETS?

    python benchmarks/series.py [--only m4,taylor] [--budget 300] [--runs FOLDER]

Each run is `receta run DATA --budget B` in a process of its own; what was made already in FOLDER is
taken from there. Every rung is then judged on the same test part. Prints a table, and writes
docs/benchmarks/series.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _table

RUNGS = ("naive", "seasonal_naive", "linear", "dense", "conv_lstm", "hits", "auto_ets")


@dataclass(frozen=True)
class Task:
    """A file, what is said beside, and where its test part comes from."""

    name: str
    file: str
    words: tuple[str, ...] = ()
    test: str = ""


TASKS = (
    Task("M4 hourly", "m4-hourly-train.csv.gz", (), "m4-hourly-test.csv.gz"),
    Task("taylor", "taylor.csv", ("--origins", "5")),
    Task("ausbeer", "ausbeer.csv", ("--origins", "5")),
    Task("temperatures", "daily-min-temperatures.csv", ("--origins", "30")),
    Task("sunspots", "monthly-sunspots.csv", ("--origins", "20")),
    Task("airline", "airline-passengers.csv", ("--origins", "2")),
)


def make_run(task: Task, data: Path, budget: float, folder: Path) -> float:
    """Seconds that it took; a run that is there stays as it is."""
    if (folder / "result.json").is_file():
        return float(json.loads((folder / "result.json").read_text())["seconds"])
    test = ["--test", str(data / task.test)] if task.test else []
    command = [sys.executable, "-m", "receta", "run", str(data / task.file), *test, *task.words]
    started = time.monotonic()
    subprocess.run([*command, "--budget", f"{budget:g}s", "--out", str(folder)], check=False)
    return time.monotonic() - started


def judge_rungs(folder: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """MASE of each rung on the test part, and scores.json."""
    from receta import splitting, tasks
    from receta.core import disk
    from receta.sources import load
    from receta.training import Run

    run = Run.open(folder)
    about = run.about["data"]
    examples = run.examples(load(about["source"], test=about["test"], **about["options"]))
    parts = splitting.from_json(examples, disk.read_json(folder / "split.json"))
    task, found = tasks.of(run.task), dict(run.scores["baselines"] if run.scores else {})
    for rung in run.rungs:
        if rung.rung not in found and not rung.is_yardstick and rung.train_loss is not None:
            said = run.predict_rows(parts.test, rung.rung)
            found[rung.rung] = task.measure(said, parts.test.targets).value
    return found, {
        **(run.scores or {}),
        "rhythm": run.specs[0].rhythm,
        "window": run.specs[0].shape[0],
    }


def main() -> None:
    """Run, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--budget", type=float, default=300.0)
    parser.add_argument("--runs", type=Path)
    asked = parser.parse_args()
    real = _table.real_data()
    if real is None:
        print("The real series are not here.")
        return
    folder = asked.runs or Path(tempfile.mkdtemp())
    rows: list[list[object]] = []
    for task in TASKS:
        if asked.only and task.name.split()[0].lower() not in asked.only.lower().split(","):
            continue
        out = folder / task.file.partition(".")[0]
        seconds = make_run(task, real / "time-series", asked.budget, out)
        if not (out / "scores.json").is_file():
            rows.append([task.name, "", "", *["-"] * len(RUNGS), "none", "", "", f"{seconds:.0f}"])
            continue
        found, scores = judge_rungs(out)
        rhythm, best = scores["rhythm"], min(found, key=lambda name: found[name])
        shown = [
            "-"
            if rung not in found
            else f"**{found[rung]:.3f}**"
            if rung == best
            else f"{found[rung]:.3f}"
            for rung in RUNGS
        ]
        covered = f"{scores['coverage_80']:.0%}, {scores['coverage_95']:.0%}"
        rows.append(
            [
                task.name,
                f"{rhythm.season} / {scores['window']} / {rhythm.horizon}",
                scores["n"],
                *shown,
                scores["rung"],
                f"{scores['smape']:.1f}",
                covered,
                f"{seconds:.0f}",
            ]
        )
    _table.write(
        "series",
        "Series",
        f"How well are series forecast with {asked.budget:.0f} s allowed, beside the last season and "
        "AutoETS? MASE on the test part; lower is better, the lowest is bold.",
        [
            "data",
            "season / window / horizon",
            "windows",
            *RUNGS,
            "chosen on validation",
            "sMAPE",
            "inside 80 %, 95 %",
            "seconds",
        ],
        rows,
        [
            "MASE divides by the error of repeating the last season in the steps before each "
            "forecast. M4 hourly has the competition's test file; published: seasonal naive 1.193.",
            "The others are backtests: 5, 5, 30, 20 and 2 forecasts, a horizon apart. So few of one "
            "series leave much to chance.",
            "AutoETS is that of statsforecast, fitted once to each series within its share of the "
            "budget, its seasons of more than 24 steps taken out by STL where that is better; "
            "- : it had no time, or a check stopped the rung.",
        ],
    )


if __name__ == "__main__":
    main()
