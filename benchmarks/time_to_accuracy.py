"""How long does each tool take to the same accuracy on test data?

A schedule that falls to its end earns its accuracy there, so that what a training shows on its
way says little. Instead each tool is given a time, then 1.5 times as much, and so on, until the
median of its seeds reaches the accuracy; a seed far below it (3 points) saves the others their turn.
Seconds are those of the first time given that suffices: of receta its whole command, from the start
of its process (reading, audits, checks, the test, the report), of the others their training alone.
The arms are those of `equal_time.py`; for cats and dogs all begin with the same MobileNetV2 0.35:
TensorFlow's tutorial "Transfer learning and fine-tuning" as it stands, and fastai's `fine_tune`.

python benchmarks/time_to_accuracy.py [data,...] [seeds] [arm,...] [first] [most]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import _arms
import _table

SCRATCH = ("PyTorch", "fastai", "Ultralytics", "Ludwig")
TRANSFER = ("TensorFlow's tutorial", "fastai's fine_tune")
WANTED = {"fashion": 0.92, "letters": 0.90, "digits": 0.98, "cifar": 0.60, "photos": 0.96}
_STEP = 1.5  # times as long, the next time
_FAR = 0.03  # below what is wanted, where no other seed would help


def main() -> None:
    """Measure and write the table."""
    words = dict(enumerate(sys.argv))
    races = _arms.races()
    chosen = [name for name in words.get(1, ",".join(WANTED)).split(",") if name in races]
    if not chosen:
        raise SystemExit("neither Debian's dataset-fashion-mnist nor shared/data beside the checkout is here.")
    seeds = range(int(words.get(2, "3")))
    first, most = float(words.get(4, "20")), float(words.get(5, "600"))
    notes: list[str] = []
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in chosen:
            race, wanted = races[name], WANTED[name]
            peers = TRANSFER if race.weights else SCRATCH
            asked = [one for one in words.get(3, ",".join(peers)).split(",") if one in peers]
            pythons = _arms.environments(asked, notes)
            took: dict[str, float] = {}
            for arm in ("receta", *pythons):
                seconds, found = first, list[dict[str, float]]()
                while seconds <= most:
                    try:
                        found = _runs(arm, pythons, race, seconds, list(seeds), wanted, folder)
                    except _arms.Failed as error:
                        notes.append(f"{arm} does not run on {race.title}: {error}")
                        break
                    median = statistics.median(one["accuracy"] for one in found)
                    print(race.title, arm, f"{seconds:.0f} s", found, flush=True)
                    if len(found) == len(seeds) and median >= wanted:
                        took[arm] = statistics.median(one["seconds"] for one in found)
                        break
                    seconds *= _STEP
                if not found:
                    continue
                given = f"{seconds:.0f} s" if arm in took else f"not in {seconds / _STEP:.0f} s"
                times = f"{took[arm] / took['receta']:.2f}" if arm in took and "receta" in took else ""
                rows.append([race.title, f"{wanted:g}", arm, f"{took[arm]:.0f}" if arm in took else "", times, given,
                             _arms.shown([one["accuracy"] for one in found])])  # fmt: skip
    question, *_ = (__doc__ or "").partition("\n\npython ")
    _table.write("time_to_accuracy", "Time to an accuracy", question.strip(),
                 ["data", "wanted", "arm", "seconds", "times receta's", "time given", "accuracy by seed"], rows, notes)


def _runs(arm: str, pythons: dict[str, str], race: _arms.Race, seconds: float, seeds: list[int], wanted: float,
          folder: Path) -> list[dict[str, float]]:  # fmt: skip
    """The runs of an arm by seed; fewer where the first is far from what is wanted."""
    found: list[dict[str, float]] = []
    for seed in seeds:
        found.append(_arms.receta(race, seconds, seed, folder) if arm == "receta" else
                     _arms.peer(arm, pythons[arm], race, seconds, seed, folder))  # fmt: skip
        below = sum(one["accuracy"] < wanted for one in found)
        if found[0]["accuracy"] < wanted - _FAR or below > len(seeds) // 2:
            break
    return found


if __name__ == "__main__":
    main()
