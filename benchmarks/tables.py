"""Are the networks for tables as good as scikit-learn's linear models and boosting?

python benchmarks/tables.py DATA_FOLDER [NAMES] [--rungs linear,mlp,tabular] [--out FILE.json]

5 folds, the same for all. Networks keep 15 % of each training part for validation; scikit-learn
learns from all of it. What is there already in FILE.json is not measured again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _table
import numpy as np

from receta import kinds, models
from receta.copies.equal import find_twins
from receta.core.deadline import Deadline
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.core.session import MachineSettings, Session
from receta.data.dataset import Splits
from receta.data.examples import Examples, Parts
from receta.sources import load
from receta.splitting.together import join_sets
from receta.training.rung import train_rung

SETS: dict[str, tuple[str, dict[str, Any]]] = {
    "penguins": ("tables/penguins.csv", {"target": "species"}),
    "mpg": ("tables/mpg.csv", {"target": "mpg"}),
    "titanic": ("tables/titanic.csv", {"target": "survived", "column": ("alive=identifier",)}),
    "insurance": ("tables/insurance.csv", {"target": "charges"}),
    "auto_imports": ("regression/auto_imports.csv", {"target": "-1"}),
    "diabetes": ("sklearn:diabetes", {}),
    "breast_cancer": ("sklearn:breast_cancer", {}),
    "wine_red": ("tables/winequality-red.csv", {"target": "-1", "task": "values"}),
    "abalone": ("regression/abalone.csv", {"target": "-1", "task": "values"}),
    "wine_white": ("tables/winequality-white.csv", {"target": "-1", "task": "values"}),
}
CLASSES = ("penguins", "titanic", "breast_cancer")
WAYS = ("sklearn linear", "sklearn boosting", "linear", "mlp", "tabular")
FOLDS, HELD_OUT, _MOST_SEEDS = 5, 0.15, 10
_Answer = Callable[[Examples], np.ndarray]


def read(folder: Path, name: str) -> Examples:
    """The rows of a set, with the columns that a network takes."""
    place, options = SETS[name]
    where = place if place.startswith("sklearn:") else str(folder / place)
    return kinds.read(load(where, **options), Recipe(), Quiet())


def measure(examples: Examples, way: str, seed: int) -> dict[str, list[float]]:
    """Of each fold the score, accuracy or root mean square error, and a network's on validation."""
    folds = divide(examples, seed, [1 / FOLDS] * FOLDS)
    scores: list[float] = []
    validation: list[float] = []
    for fold in range(FOLDS):
        known, asked = (
            examples.take(np.flatnonzero(folds != fold)),
            examples.take(np.flatnonzero(folds == fold)),
        )
        if way in YARDSTICKS:
            said = YARDSTICKS[way](known)(asked)
        else:
            said, held_out = _of_network(known, asked, way, seed)
            validation.append(held_out)
        truth = asked.targets
        is_right = said.argmax(axis=1) == truth if truth.dtype.kind == "i" else None
        off = said.reshape(-1) - truth if is_right is None else None
        scores.append(float(is_right.mean()) if off is None else float(np.sqrt((off**2).mean())))
    return {"scores": scores, **({"validation": validation} if validation else {})}


def divide(examples: Examples, seed: int, shares: list[float]) -> np.ndarray:
    """(n,) part of each row, drawn; equal rows stand in one part, as in a split of `run`."""
    edges = np.cumsum(shares)[:-1] * len(examples)
    place = np.random.default_rng(seed).permutation(len(examples))
    parts = np.searchsorted(edges, place, side="right").astype(np.int8)
    join_sets(parts, find_twins(examples), np.zeros(len(examples), np.int64))
    return parts


def _of_network(known: Examples, asked: Examples, rung: str, seed: int) -> tuple[np.ndarray, float]:
    """What a rung answers, and its measure on validation."""
    part = divide(known, seed, [1 - HELD_OUT, HELD_OUT])
    training, validation = (known.take(np.flatnonzero(part == code)) for code in (0, 1))
    splits = Splits(training, validation, asked)
    parts = Parts.of(splits, known.inputs)
    recipe = Recipe(seed=seed, precision="float32", threads=1)
    own = models.complete_recipe(rung, recipe, len(parts.train), parts.train.kind)
    with tempfile.TemporaryDirectory() as folder:
        machine = MachineSettings.of(recipe)
        session = Session(Path(folder), Quiet(), Deadline(), machine, None, False)
        result, trained = train_rung(rung, parts, own, session, lower={})
        answers = np.asarray(trained.model.predict(parts.test.values, verbose=0))
    return answers, result.measure.value if result.measure else float("nan")


def _of_sklearn(known: Examples, way: str) -> _Answer:
    """One-hot, medians, and a linear model or boosting, each with its usual settings."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from threadpoolctl import threadpool_limits

    columns = known.inputs.columns
    texts = [at for at, column in enumerate(columns) if column.kind == "category"]
    numbers = [at for at, column in enumerate(columns) if column.kind != "category"]
    ready = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts),
        ]
    )
    is_classes = known.targets.dtype.kind == "i"
    if way == "sklearn linear":
        model: Any = LogisticRegression(max_iter=1000) if is_classes else Ridge()
    else:
        model = (
            HistGradientBoostingClassifier(random_state=0)
            if is_classes
            else HistGradientBoostingRegressor(random_state=0)
        )
    whole = make_pipeline(ready, model)
    with threadpool_limits(1):
        whole.fit(_cells(known), known.targets)
    answer = whole.predict_proba if is_classes else whole.predict
    return lambda asked: np.asarray(answer(_cells(asked)))


def _cells(examples: Examples) -> np.ndarray:
    """(n, columns): numbers as they are, categories as places of their texts."""
    columns = [column.take(examples.rows).numbers() for column in examples.inputs.columns]
    return np.stack(columns, axis=1)


YARDSTICKS: dict[str, Callable[[Examples], _Answer]] = {
    "sklearn linear": lambda known: _of_sklearn(known, "sklearn linear"),
    "sklearn boosting": lambda known: _of_sklearn(known, "sklearn boosting"),
}


def write_page(known: dict[str, Any]) -> None:
    """docs/benchmarks/tables.md: a line a set, a column a way, and how far the networks are."""
    rows: list[list[object]] = []
    best_gains: list[float] = []
    chosen_gains: list[float] = []
    for name in SETS:
        found = {way: _scores(known, name, way) for way in WAYS}
        if not all(found[way] for way in WAYS):
            continue
        sign = 1 if name in CLASSES else -1
        found["chosen"] = _choose_each_fold(known, name, sign)
        means = {way: float(np.mean(scores)) for way, scores in found.items() if scores}
        better = max(WAYS[:2], key=lambda way: sign * means[way])
        best = max(WAYS[2:], key=lambda way: sign * means[way])
        error = float(np.std(found[better], ddof=1) / np.sqrt(FOLDS))
        gains = [sign * (means[way] - means[better]) / error for way in (best, "chosen")]
        best_gains.append(gains[0])
        chosen_gains.append(gains[1])
        style = ".3f" if name in CLASSES else ".4g"
        shown = [format(means[way], style) if way in means else "–" for way in (*WAYS, "chosen")]
        told = [f"{abs(gain):.1f} {'ahead' if gain > 0 else 'behind'}" for gain in gains]
        seeds = len(found[WAYS[-1]]) // FOLDS
        measure = "accuracy" if name in CLASSES else "RMSE"
        rows.append([name, measure, seeds, *shown, f"{best}, {told[0]}", told[1]])
    _table.write(
        "tables",
        "Networks for tables",
        "Are the networks for tables as good as scikit-learn's linear models and boosting?",
        [
            "set",
            "measure",
            "seeds",
            *WAYS,
            "chosen",
            "best network, in standard errors",
            "chosen, in standard errors",
        ],
        rows,
        [
            f"The best network is {_count(best_gains)}; the one chosen on validation in each fold "
            f"is {_count(chosen_gains)}. The error is that of the yardstick's mean over the "
            f"{FOLDS} folds.",
            "The same folds for all; equal rows of one answer stand in one fold, as in a split of "
            "`run`. Networks keep 15 % of each training part for validation; scikit-learn learns "
            "from all of it, with its usual settings.",
            "The best of three networks is named by the figures of this table, which flatters it "
            "a little; `chosen` knows validation alone.",
        ],
    )


def _choose_each_fold(known: dict[str, Any], name: str, sign: int) -> list[float]:
    """Of each seed and fold the score of the network that is best on validation."""
    scores = []
    for seed in range(_MOST_SEEDS):
        found = [known.get(f"{name}/{way}/{seed}") for way in WAYS[2:]]
        if not all(found):
            continue
        for fold in range(FOLDS):
            best = max(found, key=lambda one: sign * one["validation"][fold])
            scores.append(best["scores"][fold])
    return scores


def _count(gains: list[float]) -> str:
    within, ahead = sum(gain >= -1 for gain in gains), sum(gain > 0 for gain in gains)
    return (
        f"within one standard error of the better yardstick on {within} of {len(gains)} sets, "
        f"ahead on {ahead}"
    )


def _scores(known: dict[str, Any], name: str, way: str) -> list[float]:
    """The scores of all seeds and folds."""
    keys = [key for key in known if key.startswith(f"{name}/{way}/")]
    return [score for key in keys for score in known[key]["scores"]]


def main() -> None:
    """Measure what is not there yet, and write it after each set and way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(SETS))
    parser.add_argument("--rungs", default="linear,mlp,tabular")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("tables.json"))
    asked = parser.parse_args()
    known = json.loads(asked.out.read_text()) if asked.out.exists() else {}
    for name in asked.names:
        examples = read(asked.folder, name)
        for way in ("sklearn linear", "sklearn boosting", *asked.rungs.split(",")):
            place = f"{name}/{way}/{asked.seed}"
            if place in known:
                continue
            began = time.monotonic()
            found = measure(examples, way, asked.seed)
            known[place] = {**found, "seconds": round(time.monotonic() - began, 1)}
            scores = found["scores"]
            asked.out.write_text(json.dumps(known, indent=1))
            spread = np.std(scores, ddof=1) / np.sqrt(len(scores))
            print(f"{place}: {np.mean(scores):.4g} +- {spread:.2g}", known[place]["seconds"], "s")
    write_page(known)


if __name__ == "__main__":
    main()
