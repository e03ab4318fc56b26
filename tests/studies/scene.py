"""Which small study do the tests of studies use? Also run as a program that can be killed."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from receta.core.recipe import Recipe

RECIPE = Recipe(rungs=("mlp",), epochs=2, threads=1, dropout=0.3)
CHANGES = ("dropout=0", "learning_rate=0.01")


def ablate_in(folder: Path, *, changes: tuple[str, ...] = CHANGES, seeds: int = 2) -> Any:
    """An ablation of a few seconds on irises."""
    import receta

    return receta.ablate("sklearn:iris", changes=changes, seeds=seeds, recipe=RECIPE, out=folder)


def what_came_of(folder: Path) -> dict[str, str]:
    """By trial a digest of its outcome, without seconds, and of the bytes of its weights."""
    found = {}
    for path in sorted(folder.glob("trials/*/outcome.json")):
        plain = json.loads(path.read_text())
        del plain["seconds"]
        for row in plain["curve"]:
            row.pop("seconds", None)
        found[path.parent.name] = _digest(json.dumps(plain, sort_keys=True).encode())
        for network in sorted(path.parent.rglob("*.keras")):
            with zipfile.ZipFile(network) as file:
                weights = file.read("model.weights.h5")
            found[str(network.relative_to(folder))] = _digest(weights)
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    ablate_in(Path(sys.argv[1]), seeds=int(sys.argv[2]))
