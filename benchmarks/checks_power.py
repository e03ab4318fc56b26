"""Does each check and audit find what it is there for, and does it stay silent otherwise?

Power: the share of faults that are found, of the file's own example drawn anew for each turn
(own), and of one such fault in data that are sound otherwise (planted): photos made up, tables
of scikit-learn, a series. False alarms: the share of sound data that warn or fail: the file's
own sound example, and those photos, digits, tables and series without a fault. Noise: pixels,
cells or a series by chance, with classes by chance. Nothing is wrong with them but that nothing
can be learnt: the checks that ask just that should speak, all others be silent.

python benchmarks/checks_power.py [turns of audits] [turns of checks]
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import _faults
import _table
import numpy as np

from receta import audits, checks, models
from receta.core import seeds
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.data.dataset import Dataset
from receta.evaluation import wilson
from receta.sources import load

COLUMNS = ("own", "planted", "sound", "noise")
# What is to be found in noise, where nothing is to be learnt from the input.
ASK_FOR_NOISE = ("beats_blind", "beats_prior", "filters_smooth")
# turns of checks with rungs that are really trained, minutes each; the others try the files'
# examples alone
WHOLE = 2
TABLES = ("iris", "wine", "breast_cancer")
# What these really have: a row twice; skewed columns, and a cell nine interquartile ranges beyond
# the others.
TRUE_FAULTS = {"iris": ("duplicate", "leak"), "breast_cancer": ("outlier", "skew")}


class Tally:
    """How often each name spoke, of how many times, column by column; and what was wrong."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, list[int]]] = defaultdict(
            lambda: {column: [0, 0] for column in COLUMNS}
        )
        self.unjudged: dict[str, int] = defaultdict(int)
        self.remarks: list[str] = []

    def add(self, name: str, column: str, spoke: bool, where: str, *, wanted: bool) -> None:
        """Count one answer; remember it where it is not the wanted one."""
        counted = self.counts[name][column]
        counted[0] += spoke
        counted[1] += 1
        if spoke != wanted:
            self.remarks.append(
                f"{name} {'missed' if wanted else 'false alarm'}: {column}, {where}"
            )


def main() -> None:
    """Measure and write the table."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    learning = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RECETA_CACHE"] = f"{folder}/cache"
        for turn in range(turns):
            with _drawn(turn):
                _own_audits(tally, Path(folder) / f"own-{turn}")
                _pictures(tally, Path(folder) / f"pictures-{turn}", turn)
                _rows(tally, turn)
        for turn in reversed(range(learning)):  # the long ones last
            with _drawn(turn):
                _checks(tally, turn)
    _write(tally, turns, learning)


@contextlib.contextmanager
def _drawn(turn: int) -> Iterator[None]:
    """All random numbers of receta, of its examples too, drawn anew for a turn."""
    key = seeds.key
    seeds.key = lambda seed, *words: key(seed, "turn", turn, *words)  # type: ignore[assignment]
    try:
        yield
    finally:
        seeds.key = key


def _spoke(findings: Iterable[Finding], name: str, ends: str = "") -> bool:
    """Whether a check warned or failed, of one id where it is given."""
    for one in findings:
        if one.check == name and one.verdict != "ok":
            named = {*one.ids, *(end for pair in one.pairs for end in pair)}
            if not ends or ends in named:
                return True
    return False


# Audits.


def _own_audits(tally: Tally, folder: Path) -> None:
    for name in audits.SHELF.names():
        module = audits.SHELF.module(name)
        for example, column in (("culprit", "own"), ("innocent", "sound")):
            made = getattr(module, example)(folder / name / example)
            data = (
                made
                if isinstance(made, Dataset)
                else load(made, group=getattr(module, "GROUP", None))
            )
            tally.add(
                name,
                column,
                _spoke(audits.audit(data, only=[name]), name),
                "own example",
                wanted=column == "own",
            )


def _count(tally: Tally, findings: Sequence[Finding], column: str, where: str, *, n: int) -> None:
    """Each judged audit of n examples without a fault: none should speak."""
    for name in dict.fromkeys(one.check for one in findings if one.judged):
        told = [one.where for one in findings if one.check == name and one.verdict != "ok"]
        if name == "label_error":  # it names labels: each right one that it names is an alarm
            suspected = sum(len(one.ids) for one in findings if one.check == name)
            tally.counts[name][column][0] += suspected
            tally.counts[name][column][1] += n
            continue
        tally.add(name, column, bool(told), f"{where} ({'; '.join(told)[:120]})", wanted=False)


def _pictures(tally: Tally, folder: Path, turn: int) -> None:
    random = np.random.default_rng(turn)
    for column, noise in (("sound", False), ("noise", True)):
        pictures, targets = _faults.photos(200, random, noise=noise)
        _faults.write_photos(folder / column, pictures, targets)
        _count(
            tally,
            audits.audit(load(folder / column), also=["label_error"]),
            column,
            f"photos, turn {turn}",
            n=200,
        )
    pictures, targets = _faults.photos(200, random)
    planted = _faults.plant_in_photos(
        folder / "faulty", _faults.write_photos(folder / "faulty", pictures, targets), random
    )
    found = audits.audit(load(folder / "faulty"))
    for name, culprit in planted.items():
        tally.add(
            name, "planted", _spoke(found, name, culprit), f"photos, turn {turn}", wanted=True
        )
    _of_all_photos(tally, folder, turn, random)
    digits = load("digits").take(np.sort(random.permutation(1797)[:600]))
    _count(
        tally, audits.audit(digits, also=["label_error"]), "sound", f"digits, turn {turn}", n=600
    )
    wrong = random.permutation(600)[:12]
    targets = digits.targets.copy()
    targets[wrong] = (targets[wrong] + random.integers(1, 10, 12)) % 10
    mislabelled = dataclasses.replace(digits, targets=targets)
    found = audits.audit(mislabelled, only=["label_error"])
    for position in wrong:
        tally.add(
            "label_error",
            "planted",
            _spoke(found, "label_error", digits.ids[position]),
            f"digits, turn {turn}",
            wanted=True,
        )


def _of_all_photos(tally: Tally, folder: Path, turn: int, random: np.random.Generator) -> None:
    """Faults that a whole set has: a border that tells the class, a test part that is darker,
    classes that are rare.
    """
    pictures, targets = _faults.photos(200, random)
    bordered = pictures.copy()
    edge = np.ones(pictures.shape[1:3], bool)
    edge[6:-6, 6:-6] = False
    bordered[:, edge] = (bordered[:, edge] * 0.4 + 35 * targets[:, None, None]).astype(np.uint8)
    _faults.write_photos(folder / "border", bordered, targets)
    darker = pictures.copy()
    darker[:150:6] = darker[:150:6] * 0.5
    held = np.arange(200) % 100 < 25
    darker = np.where(held[:, None, None, None], (pictures * 0.6).astype(np.uint8), pictures)
    _faults.write_photos(folder / "darker", darker, targets)
    kept = (targets != 3) | (np.cumsum(targets == 3) <= 8)
    _faults.write_photos(folder / "rare", pictures[kept], targets[kept])
    (folder / "rare" / "train" / "Bar").mkdir()
    for path in sorted((folder / "rare" / "train" / "bar").iterdir())[:5]:
        path.rename(folder / "rare" / "train" / "Bar" / path.name)
    for place, names in (
        ("border", ["shortcut"]),
        ("darker", ["drift"]),
        ("rare", ["imbalance", "small_class", "class_names"]),
    ):
        found = audits.audit(load(folder / place), only=names)
        for name in names:
            tally.add(name, "planted", _spoke(found, name), f"photos, turn {turn}", wanted=True)


def _rows(tally: Tally, turn: int) -> None:
    random = np.random.default_rng(turn)
    for name in (*TABLES, "noise"):
        column = "noise" if name == "noise" else "sound"
        data = _faults.sound_table(name, random)
        found = audits.audit(data, also=["label_error"])
        found = [one for one in found if one.check not in TRUE_FAULTS.get(name, ())]
        _count(tally, found, column, f"{name}, turn {turn}", n=len(data))
    for fault in _faults.TABLE_FAULTS:
        data = _faults.plant_in_table(
            _faults.sound_table(TABLES[turn % len(TABLES)], random), fault, random
        )
        tally.add(
            fault,
            "planted",
            _spoke(audits.audit(data, only=[fault]), fault),
            f"tables, turn {turn}",
            wanted=True,
        )
    for noise in (False, True):
        values, times = _faults.sound_series(random, noise=noise)
        column = "noise" if noise else "sound"
        _count(
            tally,
            audits.audit(_faults.plant_in_series(values, times, "", random)),
            column,
            f"series, turn {turn}",
            n=len(values),
        )
    for fault in _faults.SERIES_FAULTS:
        data = _faults.plant_in_series(values, times, fault, random)
        tally.add(
            fault,
            "planted",
            _spoke(audits.audit(data, only=[fault]), fault),
            f"series, turn {turn}",
            wanted=True,
        )


# Checks.


def _checks(tally: Tally, turn: int) -> None:
    from receta.pipeline import backend

    backend.start()
    for name in checks.SHELF.names():
        module = checks.SHELF.module(name)
        for example, column in (("broken", "own"), ("sound", "sound")):
            found = getattr(module, name)(getattr(module, example)())
            _judge(tally, name, found, column, "own example")
    if turn >= WHOLE:
        return
    digits, classes = _digits()
    shapes, of_shapes = _faults.photos(600, np.random.default_rng(turn))
    order = np.random.default_rng(turn).permutation(len(digits))
    for rung in ("linear", "mlp", "cnn"):
        _of_rung(tally, rung, digits[order], classes[order], turn, "digits")
    _of_rung(tally, "mlp", shapes[:, ::2, ::2], of_shapes, turn, "photos", before_only=True)
    _augmentations(tally, digits[order], classes[order], turn)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    held = load_digits()
    return (held.images * 15.9).astype(np.uint8)[..., None], held.target


def _judge(tally: Tally, name: str, found: Finding | None, column: str, where: str) -> None:
    if found is None:
        return
    if not found.judged:
        tally.unjudged[name] += 1
        return
    if column == "noise" and name in ASK_FOR_NOISE:
        column = "planted"
    tally.add(
        name,
        column,
        found.verdict != "ok",
        f"{where}: {found.sentence()[:140]}",
        wanted=column in ("own", "planted"),
    )


def _of_rung(
    tally: Tally,
    rung: str,
    pictures: np.ndarray,
    targets: np.ndarray,
    turn: int,
    data: str,
    *,
    before_only: bool = False,
) -> None:
    """Checks of a rung on sound data, and on as many pixels and classes by chance."""
    random = seeds.rng(turn, "noise")
    noise = random.integers(0, 256, pictures.shape).astype(np.uint8)
    sound = (pictures, targets)
    for column, (pictures, answers) in (
        ("sound", sound),
        ("noise", (noise, random.permutation(targets))),
    ):
        learnt, held = slice(0, 2 * len(pictures) // 3), slice(2 * len(pictures) // 3, None)
        shares = np.bincount(answers[learnt]) / len(answers[learnt])
        recipe = models.complete_recipe(rung, Recipe(seed=turn), len(answers[learnt]))
        setup = checks.Setup(
            rung,
            _builder(rung, pictures.shape[1:], shares),
            recipe,
            pictures[learnt][:512],
            answers[learnt][:512],
            pictures[held],
            answers[held],
            shares,
        )
        for found in checks.before(setup):
            _judge(tally, found.check, found, column, f"{rung} on {data}, turn {turn}")
        if not before_only:
            trained = _trained(setup, pictures[learnt], answers[learnt], epochs=10)
            for found in checks.after(trained):
                _judge(tally, found.check, found, column, f"{rung} on {data}, turn {turn}")


def _builder(rung: str, shape: tuple[int, ...], shares: np.ndarray) -> Callable[[Recipe], Any]:
    return lambda recipe: models.build(rung, of_pixels(shape), shares, recipe)


def _trained(
    setup: checks.Setup, pictures: np.ndarray, targets: np.ndarray, epochs: int
) -> checks.Trained:
    """The rung after some epochs with one cosine, as in a run."""
    import keras

    model = setup.fresh(setup.recipe)
    steps = epochs * -(-len(pictures) // setup.recipe.batch_size)
    begun = int(0.2 * steps)
    top = setup.recipe.learning_rate
    model.optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - begun, warmup_target=top, warmup_steps=begun
    )
    watched, history = [], []
    for _ in range(epochs):
        fitted = model.fit(pictures, targets, batch_size=setup.recipe.batch_size, verbose=0)
        history.append({"loss": float(fitted.history["loss"][0])})
        watched.append(model.predict(pictures[:64], batch_size=64, verbose=0))
    loss, accuracy = model.evaluate(pictures, targets, batch_size=256, verbose=0)
    said = model.predict(setup.validation_inputs, batch_size=256, verbose=0)
    return checks.Trained(
        setup.name,
        model,
        history,
        np.stack(watched),
        float(loss),
        float(accuracy),
        said,
        setup.validation_targets,
        setup.blind,
        {"prior": setup.entropy},
    )


def _augmentations(tally: Tally, digits: np.ndarray, classes: np.ndarray, turn: int) -> None:
    """Digits in a mirror are other signs; made-up shapes are the same."""
    from receta.checks.augmenting.keeping_labels import keeping_labels

    names = [str(name) for name in range(10)]
    for found in keeping_labels(
        digits[:1000], classes[:1000], names, ["flip", "flip_vertical"], 0.3, turn
    ):
        _judge(tally, "keeps_labels", found, "planted", f"mirrored digits, turn {turn}")
    for found in keeping_labels(
        digits[:1000], classes[:1000], names, ["brightness", "contrast", "noise"], 0.3, turn
    ):
        _judge(tally, "keeps_labels", found, "sound", f"digits, turn {turn}")


# The table.


def _write(tally: Tally, turns: int, learning: int) -> None:
    rows: list[list[object]] = []
    for shelf in (checks.SHELF, audits.SHELF):
        names = [*shelf.names(), *(["keeps_labels"] if shelf is checks.SHELF else [])]
        for name in names:
            counts = tally.counts[name]
            rows.append([f"`{name}`", *(_share(*counts[column]) for column in COLUMNS)])
    _table.write(
        "checks_power",
        "Power and false alarms of checks and audits",
        (__doc__ or "").rpartition("\n\n")[0],
        [
            "check or audit",
            "power, own example",
            "power, planted",
            "false alarms, sound data",
            "alarms, noise",
        ],
        rows,
        [
            "`label_error` is counted by labels: the share of right ones that it suspects. Most "
            "sound sets hold a few.",
            "Known and not mended: `outlier` names one in twenty sound sets of pictures by design.",
            "`beats_blind` warns where a moment of training is too short to say; that counts as "
            "an alarm.",
            "Share, with Wilson's 95 % interval, and how many. A dash: nothing of that kind was "
            "tried.",
            f"Audits: {turns} turns; checks: {learning} turns of their own examples, "
            f"{min(WHOLE, learning)} of linear, mlp and cnn "
            "on digits and mlp on photos.",
            "Findings that say that they cannot judge count neither way: "
            + (", ".join(f"`{name}` {n}" for name, n in sorted(tally.unjudged.items())) or "none")
            + ".",
            "On noise `beats_blind`, `beats_prior` and `filters_smooth` are asked to speak: "
            "their noise counts as planted.",
        ],
    )
    print("\n".join(tally.remarks))


def _share(hits: int, n: int) -> str:
    if not n:
        return "–"
    low, high = wilson(hits, n)
    return f"{hits / n:.0%} ({low:.0%} to {high:.0%}) of {n}"


if __name__ == "__main__":
    main()
