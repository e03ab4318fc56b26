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

python benchmarks/equal_time.py [seconds,...] [seeds] [arm,...]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _peers
import _table
import numpy as np

from receta import Dataset, Recipe, load, split
from receta.pixels import decode

TORCH = ("torch==2.13.0", "numpy>=2.1")
ARMS = {  # name -> file in benchmarks/arms, packages of its environment
    "PyTorch": ("pytorch_arm.py", TORCH),
    "fastai": ("fastai_arm.py", (*TORCH, "fastai")),
    "Ultralytics": ("ultralytics_arm.py", (*TORCH, "ultralytics", "opencv-python-headless")),
    "AutoKeras": ("autokeras_arm.py", ("tensorflow-cpu==2.18.1", "keras==3.6.0", "autokeras", "setuptools<81")),  # fails with Keras 3.12
    "Ludwig": ("ludwig_arm.py", (*TORCH, "ludwig")),
}


class Failed(Exception):
    """An arm ended with an error, whose last line this is."""


def main() -> None:
    """Measure and write the table."""
    shared = _table.real_data()
    if shared is None:
        raise SystemExit("real pictures are not here; expected shared/data beside the checkout.")
    times = [float(word) for word in (sys.argv[1] if len(sys.argv) > 1 else "60,120").split(",")]
    seeds = range(int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    letters = shared / "sign-letters"
    sets = {
        "sign letters, other hands": (str(letters / "sign_letters_28x28_train_hands_1_2.csv.gz"),
                                      str(letters / "sign_letters_28x28_test_hands_3_4.csv.gz"), "plain"),
        "CIFAR-10, 10,000": (str(shared / "cifar10" / "cifar10-jpeg-10k-2k.npz"), None, "mirror"),
    }  # fmt: skip
    chosen = sys.argv[3].split(",") if len(sys.argv) > 3 else list(ARMS)
    notes = ["Seconds taken: receta's from the start of its process to its end; of the others their training alone."]
    pythons: dict[str, str] = {}
    for name in chosen:
        python = _peers.python_with(name.lower(), ARMS[name][1])
        if isinstance(python, str):
            notes.append(f"{name}: {python}")
        else:
            pythons[name] = str(python)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for title, (data, test, mirror) in sets.items():
            for seconds in times:
                found: dict[str, list[dict[str, float]]] = {"receta": [], **{name: [] for name in pythons}}
                for seed in seeds:
                    arrays = Path(folder) / f"{len(rows)}-{seed}.npz"
                    _arrays(load(data, test=test), seed, arrays)
                    out = Path(folder) / f"run-{len(rows)}-{seed}"
                    words = [sys.executable, "-m", "receta", "train", data, *(["--test", test] if test else []), "--rung", "cnn",
                             "--budget", f"{seconds:g}s", "--set", f"seed={seed}", "--out", str(out), "--force", "--json"]  # fmt: skip
                    began = time.perf_counter()
                    said = json.loads(_run(words))
                    found["receta"].append({"accuracy": said["test"]["accuracy"], "seconds": time.perf_counter() - began,
                                            "epochs": said["rungs"][-1]["epochs_run"]})  # fmt: skip
                    for name, peer in list(pythons.items()):
                        words = [peer, str(Path(__file__).parent / "arms" / ARMS[name][0]), str(arrays), str(seconds), str(seed), mirror]
                        try:
                            found[name].append(json.loads(_run(words, 5 * seconds + 120)))
                        except Failed as error:
                            notes.append(f"{name} does not run here: {error}")
                            pythons.pop(name)
                            found.pop(name)
                    print(title, seconds, seed, {name: arm[-1] for name, arm in found.items()}, flush=True)
                for name, arm in found.items():
                    accuracies = [one["accuracy"] for one in arm]
                    rows.append([title, f"{seconds:g} s", name, f"{statistics.median(accuracies):.4f}",
                                 ", ".join(f"{value:.4f}" for value in accuracies),
                                 f"{statistics.median(one['seconds'] for one in arm):.0f}",
                                 f"{statistics.median(one['epochs'] for one in arm):.0f}"])  # fmt: skip
    question, *_ = (__doc__ or "").partition("\n\npython ")
    _table.write("equal_time", "Accuracy at equal time", question.strip(),
                 ["data", "time", "arm", "test accuracy (median)", "by seed", "seconds taken", "epochs"], rows, notes)


def _run(words: list[str], most: float | None = None) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ), timeout=most)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"it did not end within {most:.0f} s") from error
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1].strip())
    return done.stdout.splitlines()[-1]


def _arrays(data: Dataset, seed: int, path: Path) -> None:
    """The pictures of receta's own split, for the other arm."""
    parts = split(data, Recipe(seed=seed))
    pixels = decode(data)
    arrays = {}
    for name, part in parts.named().items():
        arrays[f"x_{name}"], arrays[f"y_{name}"] = pixels.take(part.rows), part.targets
    np.savez(path, **arrays)


if __name__ == "__main__":
    main()
