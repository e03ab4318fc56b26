"""How long does a trial of a study take to begin: as a new Python, and as a fork?

A trial after the other, in turns, each way. To the first steps: from asking for the trial to the end
of its first epoch, which has three steps; imports, reading, checks and the building of the network
are in it. Whole: to its outcome, with answers and the network on the disk.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import _table

from receta import studies
from receta.core.recipe import Recipe

TIMES = 5
WAYS = {"a new Python": "new", "a fork": ""}
WORK = (("digits", "mlp"), ("digits", "cnn"), ("sklearn:iris", "mlp"))


def timed(workers: Any, folder: studies.StudyFolder, trial: studies.Trial) -> tuple[float, float]:
    """Seconds to the end of the first epoch, and of the whole trial."""
    place = folder.ask(trial)
    began, first = time.perf_counter(), 0.0
    process = workers.start(place)
    while process.ended() is None:
        if not first and (place / "curve.json").exists():
            first = time.perf_counter() - began
        time.sleep(0.002)
    assert folder.outcome_of(trial.number) is not None, (place / "log.txt").read_text()
    return first, time.perf_counter() - began


def digest(folder: studies.StudyFolder, number: int) -> str:
    """Of the bytes of the weights of a trial."""
    with zipfile.ZipFile(folder.folder_of(number) / "run" / "model.keras") as file:
        return hashlib.sha256(file.read("model.weights.h5")).hexdigest()


def main() -> None:
    """Measure and write the table."""
    rows: list[list[object]] = []
    equal = 0
    with tempfile.TemporaryDirectory() as place:
        for data, rung in WORK:
            recipe = Recipe(rungs=(rung,), epochs=1, batch_size=512, threads=2)
            asked = studies.Question(
                verb="ablate",
                data=data,
                recipe=recipe,
                asked={},
                options={},
                out=Path(place) / f"{data.replace(':', '-')}-{rung}",
            )
            everything, examples = studies.read(asked)
            folder = studies.begin(asked, everything, examples)
            taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            digests: dict[str, list[str]] = {way: [] for way in WAYS}
            with (
                studies.open_workers(1, on="new") as plain,
                studies.open_workers(1) as forked,
            ):
                for turn in range(TIMES + 1):
                    for at, (way, workers) in enumerate(zip(WAYS, (plain, forked), strict=True)):
                        number = 2 * turn + at
                        trial = studies.Trial(
                            number=number,
                            name=way,
                            settings={"seed": turn},
                            division=studies.Division(seed=turn),
                        )
                        seconds = timed(workers, folder, trial)
                        digests[way].append(digest(folder, number))
                        if turn:  # the first one also begins the process that forks
                            taken[way].append(seconds)
            first, second = digests.values()
            equal += first == second
            for way, pairs in taken.items():
                begun, whole = zip(*pairs, strict=True)
                rows.append(
                    [
                        f"{rung} on {data.removeprefix('sklearn:')}",
                        way,
                        min(begun),
                        statistics.median(begun),
                        min(whole),
                        statistics.median(whole),
                        round(3600 / statistics.median(whole)),
                    ]
                )
    _table.write(
        "studies",
        "How long a trial takes to begin",
        (__doc__ or "").strip(),
        [
            "trial",
            "as",
            "first steps, best, s",
            "first steps, median, s",
            "whole, best, s",
            "whole, median, s",
            "trials an hour",
        ],
        rows,
        [
            f"{equal} of {len(WORK)} pairs have weights that are equal byte for byte, both ways.",
            f"Load average of the machine while it was measured: {os.getloadavg()[0]:.1f}.",
        ],
    )


if __name__ == "__main__":
    main()
