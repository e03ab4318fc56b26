"""How good is each rung for texts, beside TF-IDF and logistic regression, in the same run?

    python benchmarks/texts.py --data FOLDER [--seconds 300] [--only sms,news,many] [--runs FOLDER]

FOLDER holds sms.tsv and spanish-news-tweets.train.csv.gz and .test.csv.gz; what was made already in
the folder of runs is taken from there. Writes docs/benchmarks/texts.md. `many` makes up 100,000
texts and measures seconds and memory of reading, words and solving one layer.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import _table
import numpy as np

import receta
from receta import kinds, splitting, tasks
from receta.core import disk
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.models.parts import word_fit
from receta.sources import load

RUNGS = ("prior", "linear", "tf_idf", "embed_mean", "conv1d", "lstm")
SETS = {
    "sms": ("sms.tsv", None),
    "news": ("spanish-news-tweets.train.csv.gz", "spanish-news-tweets.test.csv.gz"),
}


def judge(name: str, folder: Path, seconds: float, out: Path) -> list[object]:
    """A row of the table: accuracy of each rung on the test part of one run with all rungs."""
    data, test = SETS[name]
    if not (out / "scores.json").is_file():
        receta.run(
            folder / data,
            test=folder / test if test else None,
            out=out,
            recipe=Recipe(rungs=RUNGS, budget_s=seconds),
        )
    run = receta.Run.open(out)
    about, task, scores = run.about["data"], tasks.of(run.task), run.scores or {}
    examples = run.examples(load(about["source"], test=about["test"], **about["options"]))
    parts = splitting.from_json(examples, disk.read_json(out / "split.json"))
    found = dict(scores["baselines"])
    for rung in run.rungs:
        if rung.rung not in found and rung.train_loss is not None and not rung.is_yardstick:
            said = run.predict_rows(parts.test, rung.rung)
            found[rung.rung] = task.measure(said, parts.test.targets).value
    shown = [f"{found[rung]:.3f}" if rung in found else "-" for rung in RUNGS]
    took = disk.read_json(out / "result.json")["seconds"]
    allowed = f"{took:.0f} of {run.recipe.budget_s:.0f}"
    return [
        name,
        len(parts.test),
        *shown,
        scores["rung"],
        f"{scores['balanced_accuracy']:.3f}",
        allowed,
    ]


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
    asked.add_argument("--runs", type=Path)
    given = asked.parse_args()
    names, runs = given.only.split(","), given.runs or Path(tempfile.mkdtemp())
    rows = [judge(one, given.data, given.seconds, runs / one) for one in names if one in SETS]
    if rows:
        _table.write(
            "texts",
            "Texts",
            "How good is each rung for texts, beside TF-IDF and logistic regression of scikit-learn "
            "(`tf_idf`) in the same run? Accuracy on the test part.",
            ["data", "test texts", *RUNGS, "chosen on validation", "balanced", "seconds"],
            rows,
            [
                "sms: sms.tsv without its copies, 2 classes. news: Spanish newspapers, 25 classes, "
                "of which 3.1 % of the test texts stand in training too.",
                "One run each; `seconds` are those of the whole run, and those that it was allowed.",
            ],
        )
    if "many" in names:
        measure_many()


if __name__ == "__main__":
    main()
