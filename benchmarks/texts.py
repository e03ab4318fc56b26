"""How good is each rung for texts, beside TF-IDF and logistic regression, in the same run?

    python benchmarks/texts.py --data FOLDER [--seconds 300] [--only sms,news,many]

FOLDER holds sms.tsv and spanish-news-tweets.train.csv.gz and .test.csv.gz. `many` makes up 100,000
texts and measures seconds and memory of reading, words and solving one layer.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

import receta
from receta import kinds, splitting
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.models.parts import word_fit

RUNGS = ("prior", "linear", "tf_idf", "embed_mean", "conv1d", "lstm")
SETS = {
    "sms": ("sms.tsv", None),
    "news": ("spanish-news-tweets.train.csv.gz", "spanish-news-tweets.test.csv.gz"),
}


def judge(name: str, folder: Path, seconds: float) -> None:
    """One run with all rungs; accuracy of each on validation and test."""
    data, test = SETS[name]
    recipe = Recipe(rungs=RUNGS, budget_s=seconds)
    with tempfile.TemporaryDirectory() as place:
        began = time.monotonic()
        run = receta.run(
            folder / data,
            test=folder / test if test else None,
            out=Path(place) / "run",
            recipe=recipe,
        )
        scores = run.scores or {}
        tested = {**scores.get("baselines", {}), scores.get("rung", ""): scores.get("accuracy")}
        print(
            f"\n{name}: {time.monotonic() - began:.0f} s, balanced {scores['balanced_accuracy']:.3f}"
        )
        for rung in run.rungs:
            known = rung.measure.value if rung.measure else float("nan")
            said = tested.get(rung.rung)
            shown = "-" if said is None else f"{said:.3f}"
            print(
                f"| {rung.rung} | {known:.3f} | {shown} | {rung.seconds or 0:.0f} s | {rung.state} |"
            )


def make_many(n: int, place: Path) -> Path:
    """n texts of about 100 words of 50,000, whose class shows in one word of ten."""
    rng = np.random.default_rng(0)
    words = np.array([f"w{at}" for at in range(50_000)])
    shares = 1 / np.arange(1, len(words) + 1)
    shares /= shares.sum()
    with place.open("w") as file:
        file.write("text,label\n")
        for at in range(n):
            said = rng.choice(words, int(rng.integers(50, 150)), p=shares)
            said[::10] = words[100 + at % 2 :: 200][rng.integers(0, 200, len(said[::10]))]
            file.write(f"{' '.join(said)},{'ab'[at % 2]}\n")
    return place


def measure_many(n: int = 100_000) -> None:
    """Seconds of each step, and the most memory of the process."""
    with tempfile.TemporaryDirectory() as folder:
        place = make_many(n, Path(folder) / "many.csv")
        began = time.monotonic()
        data = receta.load(place)
        read = time.monotonic()
        examples = kinds.read(data, Recipe(), Quiet())
        words = time.monotonic()
        parts = kinds.feed(splitting.split(examples, Recipe()), Recipe(), Quiet())
        split = time.monotonic()
        spec = parts.inputs.specs[0]
        numbers = parts.train.values[:20_000]
        word_fit.find_features(numbers, spec, word_fit.find_rarity(numbers, spec))
        print(
            f"\nmany: {place.stat().st_size / 1e6:.0f} MB, read {read - began:.1f} s, words "
            f"{words - read:.1f} s, near-copies and split {split - words:.1f} s, "
            f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"
        )


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--data", type=Path)
    asked.add_argument("--seconds", type=float, default=300)
    asked.add_argument("--only", default="sms,news,many")
    given = asked.parse_args()
    for name in given.only.split(","):
        if name == "many":
            measure_many()
        else:
            judge(name, given.data, given.seconds)


if __name__ == "__main__":
    main()
