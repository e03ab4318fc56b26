"""How do receta and its peers train on the same pictures, each in a process of its own?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _peers
import _table
import numpy as np

from receta import Recipe, load, split
from receta.pixels import decode

TORCH = ("torch==2.13.0", "numpy>=2.1")
FASTAI = (*TORCH, "fastai", "h5py")
ARMS = {  # name -> file in benchmarks/arms, packages of its environment
    "PyTorch": ("pytorch_arm.py", TORCH),
    "fastai": ("fastai_arm.py", FASTAI),
    "Ultralytics": ("ultralytics_arm.py", (*TORCH, "ultralytics", "opencv-python-headless")),
    # fails with Keras 3.12
    "AutoKeras": (
        "autokeras_arm.py",
        ("tensorflow-cpu==2.18.1", "keras==3.6.0", "autokeras", "setuptools<81"),
    ),
    "Ludwig": ("ludwig_arm.py", (*TORCH, "ludwig")),
    "TensorFlow's tutorial": ("tutorial_arm.py", ()),  # an empty tuple: this environment
    "fastai's fine_tune": ("fastai_transfer_arm.py", FASTAI),
}
_FASHION = Path("/usr/share/datasets/fashion-mnist")  # of Debian's dataset-fashion-mnist


class Failed(Exception):
    """An arm ended with an error, whose last line this is."""


@dataclass(frozen=True)
class Race:
    """Data that several arms learn from.

    mirror: whether a mirrored picture keeps its class, as whoever trains by hand knows. size:
    pixels a side that the peers get, None for receta's own. words: more of receta's command.
    """

    title: str
    data: str
    test: str | None = None
    mirror: bool = False
    size: int | None = None
    words: tuple[str, ...] = ("--rung", "cnn")
    weights: str = ""
    _arrays: dict[int, str] = field(default_factory=dict, compare=False)

    def arrays(self, seed: int, folder: Path) -> str:
        """A file with the pictures of receta's own split, for the other arms."""
        if seed not in self._arrays:
            data = load(self.data, test=self.test)
            parts = split(data, Recipe(seed=seed))
            pixels = decode(data, self.size and (self.size, self.size))
            arrays = {}
            for name, part in parts.named().items():
                arrays[f"x_{name}"], arrays[f"y_{name}"] = pixels.take(part.rows), part.targets
            path = Path(tempfile.mkdtemp(dir=folder)) / f"{seed}.npz"
            np.savez(path, **arrays)
            self._arrays[seed] = str(path)
        return self._arrays[seed]


def races() -> dict[str, Race]:
    """The data there are on this machine, by a short name."""
    found = (
        {"fashion": Race("Fashion-MNIST", str(_FASHION), mirror=True)} if _FASHION.is_dir() else {}
    )
    shared = _table.real_data()
    if shared is not None:
        letters, photos = shared / "sign-letters", shared / "cats-vs-dogs" / "cats-vs-dogs.zip"
        weights = str(shared / "pretrained" / "mobilenet_v2_0.35_224_no_top.weights.h5")
        found |= {
            "letters": Race(
                "sign letters, other hands",
                str(letters / "sign_letters_28x28_train_hands_1_2.csv.gz"),
                str(letters / "sign_letters_28x28_test_hands_3_4.csv.gz"),
            ),
            "digits": Race("sign digits", str(shared / "sign-digits" / "sign-digits.zip")),
            "cifar": Race(
                "CIFAR-10, 10,000", str(shared / "cifar10" / "cifar10-jpeg-10k-2k.npz"), mirror=True
            ),
            "photos": Race(
                "cats and dogs, MobileNetV2 0.35",
                str(photos),
                mirror=True,
                size=160,
                weights=weights,
                words=("--rung", "pretrained:MobileNetV2", "--weights", weights),
            ),
        }
    return found


def environments(names: list[str], notes: list[str]) -> dict[str, str]:
    """The Python of each arm; a note for one that cannot be had."""
    found = {}
    for name in names:
        wanted = ARMS[name][1]
        python = (
            _peers.python_with(name.partition("'")[0].lower(), wanted)
            if wanted
            else Path(sys.executable)
        )
        if isinstance(python, str):
            notes.append(f"{name}: {python}")
        else:
            found[name] = str(python)
    return found


def receta(race: Race, seconds: float, seed: int, folder: Path) -> dict[str, float]:
    """Its whole command, from the start of the process to its end.

    training: the steps of the network alone.

    On a backbone features are its training, so that all of it counts, and no run finds those of
    another.
    """
    words = [
        sys.executable,
        "-m",
        "receta",
        "train",
        race.data,
        *(["--test", race.test] if race.test else []),
        *race.words,
        "--budget",
        f"{seconds:g}s",
        "--set",
        f"seed={seed}",
        "--out",
        tempfile.mkdtemp(dir=folder),
        "--json",
    ]
    began = time.perf_counter()
    try:
        said = json.loads(
            _said(words, folder, cache=tempfile.mkdtemp(dir=folder) if race.weights else None)
        )
    except Failed as error:
        if "it more time" not in str(error):
            raise
        # its own checks: nothing learnt yet
        return {
            "accuracy": 0.0,
            "seconds": time.perf_counter() - began,
            "training": 0.0,
            "epochs": 0,
        }
    took, rung = time.perf_counter() - began, said["rungs"][-1]
    return {
        "accuracy": said["test"]["accuracy"],
        "seconds": took,
        "training": took if race.weights else rung["seconds"],
        "epochs": rung["epochs_run"],
    }


def peer(
    name: str, python: str, race: Race, seconds: float, seed: int, folder: Path
) -> dict[str, float]:
    """A peer's training alone, which is given the seconds, and its whole process.

    Failed with its last line.
    """
    words = [
        python,
        str(Path(__file__).parent / "arms" / ARMS[name][0]),
        race.arrays(seed, folder),
        str(seconds),
        str(seed),
        "mirror" if race.mirror else "plain",
        *([race.weights] if race.weights else []),
    ]
    began = time.perf_counter()
    found: dict[str, float] = json.loads(_said(words, folder, 5 * seconds + 120))
    # Some count in float32, where 1,300 of 2,000 are less than 0.65.
    return {
        **found,
        "accuracy": round(found["accuracy"], 6),
        "training": found["seconds"],
        "whole": time.perf_counter() - began,
    }


def _said(
    words: list[str], folder: Path, most: float | None = None, cache: str | None = None
) -> str:
    own = {"RECETA_CACHE": cache} if cache else {}
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            env={**os.environ, **own},
            timeout=most,
            cwd=folder,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"it did not end within {most:.0f} s") from error
    if done.returncode:
        raise Failed(
            (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1].strip()
        )
    return done.stdout.splitlines()[-1]


def shown(values: list[Any]) -> str:
    """Accuracies by seed."""
    return ", ".join(f"{value:.4f}" for value in values)
