"""How much better is an ensemble than its best member, on examples that none of them has seen?

python benchmarks/ensembles.py DATA_FOLDER [NAMES] [--work FOLDER] [--out FILE.json] [--epochs N]

Members are of one split. What is there already in FILE.json or FOLDER is not made again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import receta
from receta.core.errors import RecetaError
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.studies.ensembles import combine

HOW = ("average", "nnls", "greedy", "stack")
_TABLE = (
    ("linear", {"rungs": "linear"}),
    ("mlp", {"rungs": "mlp"}),
    ("mlp, no dropout", {"rungs": "mlp", "dropout": 0}),
    ("tabular", {"rungs": "tabular"}),
    ("tabular, no dropout", {"rungs": "tabular", "dropout": 0}),
)
_PICTURES = (
    ("linear", {"rungs": "linear"}),
    ("mlp", {"rungs": "mlp"}),
    ("cnn", {"rungs": "cnn"}),
    ("cnn, no augmentation", {"rungs": "cnn", "augment": 0}),
)
_LETTERS = "sign-letters/sign_letters_28x28_{}.csv.gz"
_NET = "pretrained/mobilenet_v2_0.35_224_no_top.weights.h5"
# name: (data, test, options, members)
SETS: dict[str, tuple[str, str, dict[str, Any], Any]] = {
    "insurance": ("tables/insurance.csv", "", {"target": "charges"}, _TABLE),
    "wine_red": ("tables/winequality-red.csv", "", {"target": "-1", "task": "values"}, _TABLE),
    "wine_white": ("tables/winequality-white.csv", "", {"target": "-1", "task": "values"}, _TABLE),
    "sign-letters": (
        _LETTERS.format("train_hands_1_2"),
        _LETTERS.format("test_hands_3_4"),
        {},
        _PICTURES,
    ),
    "cats-vs-dogs": (
        "cats-vs-dogs/cats-vs-dogs.zip",
        "",
        {},
        (
            ("pretrained, 96 pixels", {"weights": _NET, "image_size": 96, "rungs": "pretrained"}),
            ("cnn, 64 pixels", {"rungs": "cnn", "image_size": 64}),
            ("linear, 64 pixels", {"rungs": "linear", "image_size": 64}),
        ),
    ),
}


def train(name: str, folder: Path, work: Path, epochs: int) -> list[Path]:
    """The members of a set: runs that are there already are left as they are."""
    place, test, options, members = SETS[name]
    runs = []
    for number, (_, settings) in enumerate(members):
        said = {**settings, **({"epochs": epochs} if "cnn" in settings["rungs"] else {})}
        if "weights" in said:
            said |= {"weights": str(folder / said["weights"]), "rungs": "pretrained:MobileNetV2"}
        recipe = Recipe(**said)
        out = work / f"{name}-{number}"
        runs.append(out)
        if (out / "result.json").exists():
            continue
        data = receta.load(
            str(folder / place), test=str(folder / test) if test else None, **options
        )
        receta.train(receta.split(data, recipe), recipe, out, force=True, progress=Quiet())
    return runs


def measure(name: str, runs: list[Path], work: Path) -> dict[str, Any]:
    """What each way gains on the test part, and what validation promised."""
    found: dict[str, Any] = {}
    for how in HOW:
        try:
            made = combine(runs, how=how, out=work / f"{name}-{how}").found
        except RecetaError as error:
            found[how] = {"refused": str(error)}
            continue
        parts = ("weights", "best_single", "gain", "validation", "latency_ms", "n", "left_out")
        found[how] = {part: made[part] for part in parts}
        found[how]["test"] = {
            part: made["test"][part] for part in ("measure", "value", "interval", "n")
        }
    return found


def main() -> None:
    """Measure what is asked for, and print a line for each set and way."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("names", nargs="*", default=list(SETS))
    asked.add_argument("--work", type=Path, default=None)
    asked.add_argument("--out", type=Path, default=Path("ensembles.json"))
    asked.add_argument("--epochs", type=int, default=12)
    given = asked.parse_args()
    work = given.work or Path(tempfile.mkdtemp())
    known = json.loads(given.out.read_text()) if given.out.exists() else {}
    for name in given.names:
        began = time.monotonic()
        if name not in known:
            runs = train(name, given.folder, work, given.epochs)
            known[name] = measure(name, runs, work)
            given.out.write_text(json.dumps(known, indent=1))
        for how, found in known[name].items():
            print(f"{name:14}{how:9}", tell(found), flush=True)
        print(f"{name:14}{time.monotonic() - began:.0f} s", flush=True)


def tell(found: dict[str, Any]) -> str:
    """One line of what a way reached."""
    if "refused" in found:
        return found["refused"]
    gain, validation = found["gain"], found["validation"]
    low, high = gain["interval"]
    return (
        f"{gain['measure']} {found['best_single']['value']:.4f} -> {found['test']['value']:.4f}, "
        f"gain {gain['value']:+.4f} [{low:+.4f}, {high:+.4f}], on validation "
        f"{validation['value']:+.4f}; {found['latency_ms']['ensemble']:.2f} ms against "
        f"{found['latency_ms']['best_single']:.2f}; n {found['n']['test']}"
    )


if __name__ == "__main__":
    main()
