"""How long does each tool take to the same accuracy on test data?

A schedule that falls to its end earns its accuracy there, so that what a training shows on its
way says little. receta is given a time, then 1.5 times as much, and so on, until the median of
its seeds reaches the accuracy. What that took, its whole command from the start of its process
(reading, audits, checks, the test, the report), is given to each peer for its training alone, then
twice as much: whoever is not there then takes more than twice as long. Where more than half of
the seeds cannot get there any more, or the first is 10 points away, the others are spared.
The arms are those of `equal_time.py`; for cats and dogs all begin with the same MobileNetV2 0.35:
TensorFlow's tutorial "Transfer learning and fine-tuning" as it stands, and fastai's `fine_tune`.
Data can be measured one by one: what was found on the others, on this machine, stays in the table.

python benchmarks/time_to_accuracy.py [data,...] [seeds] [arm,...] [first] [most]
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import _arms
import _table

from receta.core import disk
from receta.core.disk import cache_root

SCRATCH = ("PyTorch", "fastai", "Ultralytics", "Ludwig")
TRANSFER = ("TensorFlow's tutorial", "fastai's fine_tune")
WANTED = {"fashion": 0.92, "letters": 0.90, "digits": 0.98, "cifar": 0.65, "photos": 0.96}
_TIMES = (1, 2)  # what receta took, for a peer
# below what is wanted, where no other seed would help (240 test pictures: seeds differ by 0.07)
_FAR = 0.1

Runs = list[dict[str, float]]


def main() -> None:
    """Measure and write the table."""
    words = dict(enumerate(sys.argv))
    races = _arms.races()
    chosen = [name for name in words.get(1, ",".join(WANTED)).split(",") if name in races]
    if not chosen:
        print("neither Debian's dataset-fashion-mnist nor shared/data beside the checkout is here.")
        return
    seeds, first, most = (
        int(words.get(2, "3")),
        float(words.get(4, "20")),
        float(words.get(5, "600")),
    )
    notes = [
        "Times receta's are of training to training. A time that did not suffice is the longest "
        "given.",
        "Medians. The whole process of receta reads, audits, checks, tests and reports; fastai's "
        "trains first to plan its epochs.",
    ]
    kept = cache_root() / "benchmarks" / "time_to_accuracy.json"
    before = disk.read_json(kept) if kept.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for race, wanted in ((races[name], WANTED[name]) for name in chosen):
            rows: list[list[object]] = []
            before[race.title] = {"machine": _table.machine(), "rows": rows}
            peers = TRANSFER if race.weights else SCRATCH
            asked = [one for one in words.get(3, ",".join(peers)).split(",") if one in peers]
            ours = itertools.takewhile(
                lambda seconds: seconds <= most,
                (first * 1.5**number for number in itertools.count()),
            )
            mine, took = _first(ours, seeds, wanted, partial(_ours, race, folder))
            rows.append(_row(race, wanted, "receta", mine, mine, took))
            if took is None:
                continue
            for arm, python in _arms.environments(asked, notes).items():
                try:
                    theirs = [took * times for times in _TIMES if took * times <= most]
                    found, needed = _first(
                        theirs, seeds, wanted, partial(_theirs, (arm, python), race, folder)
                    )
                except _arms.Failed as error:
                    notes.append(f"{arm} does not run on {race.title}: {error}")
                    continue
                rows.append(_row(race, wanted, arm, found, mine, needed))
    disk.write_json(kept, before)
    rows = [
        row
        for race in races.values()
        for row in before.get(race.title, {}).get("rows", ())
        if before[race.title]["machine"] == _table.machine()
    ]
    question, *_ = (__doc__ or "").partition("\n\npython ")
    _table.write(
        "time_to_accuracy",
        "Time to an accuracy",
        question.strip(),
        [
            "data",
            "wanted",
            "arm",
            "training, s",
            "times receta's",
            "whole process, s",
            "test accuracy",
            "by seed",
        ],
        rows,
        notes,
    )


def _ours(race: _arms.Race, folder: Path, seconds: float, seed: int) -> dict[str, float]:
    return _arms.receta(race, seconds, seed, folder)


def _theirs(
    peer: tuple[str, str], race: _arms.Race, folder: Path, seconds: float, seed: int
) -> dict[str, float]:
    return _arms.peer(*peer, race, seconds, seed, folder)


def _first(
    times: Iterable[float], seeds: int, wanted: float, run: Callable[[float, int], dict[str, float]]
) -> tuple[Runs, float | None]:
    """(runs of the last time that was given, the median of their seconds where they get there)."""
    found: Runs = []
    for given in times:
        found = []
        for seed in range(seeds):
            found.append(run(given, seed))
            print(f"{given:.0f} s given, seed {seed}: {found[-1]}", flush=True)
            below = sum(one["accuracy"] < wanted for one in found)
            if found[0]["accuracy"] < wanted - _FAR or below > seeds // 2:
                break
        else:
            return found, statistics.median(one["seconds"] for one in found)
    return found, None


def _row(
    race: _arms.Race, wanted: float, arm: str, found: Runs, ours: Runs, needed: float | None
) -> list[object]:
    def median(name: str, runs: Runs) -> float:
        return statistics.median(one.get(name, one["seconds"]) for one in runs)

    accuracies = [one["accuracy"] for one in found]
    training = median("training", found)
    took = [
        f"{training:.0f}",
        f"{training / median('training', ours):.1f}",
        f"{median('whole', found):.0f}",
    ]
    row: list[object] = [
        race.title,
        f"{wanted:g}",
        arm,
        *(f"more than {one}" if needed is None else one for one in took),
        f"{statistics.median(accuracies):.4f}",
        _arms.shown(accuracies),
    ]
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
