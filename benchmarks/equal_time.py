"""Which accuracy does receta reach in a given time, and which do its peers?

receta: `receta train DATA --rung cnn --budget T`: reading, auditing, checking, training,
testing and the report are all inside the time. PyTorch: ResNet-20 for small pictures (He et
al., 2015, section 4.2) as such loops are advised: SGD with Nesterov momentum, weight decay
5e-4, one-cycle rate, batch 128, random crops with padding (and mirror images for photos),
channels last, two threads; its time is training alone, after the data are read and the
first batch was run, and its one cycle goes by the clock, so that it ends with the time.
fastai, Ultralytics, AutoKeras and Ludwig: as each one's manual advises for
training from scratch, see the first lines of `benchmarks/arms/`; their time is training alone
too. Each in a process and an environment of its own, in turns, the same training, validation
and test pictures.

python benchmarks/equal_time.py [seconds,...] [seeds] [arm,...] [data,...]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import _arms
import _table

PEERS = ("PyTorch", "fastai", "Ultralytics", "AutoKeras", "Ludwig")


def main() -> None:
    """Measure and write the table."""
    words = dict(enumerate(sys.argv))
    times = [float(word) for word in words.get(1, "60,120").split(",")]
    seeds = range(int(words.get(2, "3")))
    races = _arms.races()
    chosen = [name for name in words.get(4, "letters,cifar").split(",") if name in races]
    if not chosen:
        print("real pictures are not here; expected shared/data beside the checkout.")
        return
    notes = [
        "Seconds taken: receta's from the start of its process to its end; of the others their "
        "training alone."
    ]
    pythons = _arms.environments(words.get(3, ",".join(PEERS)).split(","), notes)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for race in map(races.__getitem__, chosen):
            for seconds in times:
                found: dict[str, list[dict[str, float]]] = {
                    "receta": [],
                    **{name: [] for name in pythons},
                }
                for seed in seeds:
                    found["receta"].append(_arms.receta(race, seconds, seed, folder))
                    for name, python in list(pythons.items()):
                        try:
                            found[name].append(
                                _arms.peer(name, python, race, seconds, seed, folder)
                            )
                        except _arms.Failed as error:
                            notes.append(f"{name} does not run here: {error}")
                            pythons.pop(name)
                            found.pop(name)
                    print(
                        race.title,
                        seconds,
                        seed,
                        {name: arm[-1] for name, arm in found.items()},
                        flush=True,
                    )
                for name, arm in found.items():
                    accuracies = [one["accuracy"] for one in arm]
                    rows.append(
                        [
                            race.title,
                            f"{seconds:g} s",
                            name,
                            f"{statistics.median(accuracies):.4f}",
                            _arms.shown(accuracies),
                            f"{statistics.median(one['seconds'] for one in arm):.0f}",
                            f"{statistics.median(one['epochs'] for one in arm):.0f}",
                        ]
                    )
    question, *_ = (__doc__ or "").partition("\n\npython ")
    _table.write(
        "equal_time",
        "Accuracy at equal time",
        question.strip(),
        ["data", "time", "arm", "test accuracy (median)", "by seed", "seconds taken", "epochs"],
        rows,
        notes,
    )


if __name__ == "__main__":
    main()
